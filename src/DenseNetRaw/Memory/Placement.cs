using DenseNetRaw.Autograd;

namespace DenseNetRaw.Memory;

/// <summary>Where a storage lies in the arena, and when.</summary>
/// <param name="storage">The storage.</param>
/// <param name="lifetimes">When it holds something; two stretches if it is dropped and replayed.</param>
/// <param name="bytes">Its size, rounded up to the arena's alignment.</param>
/// <param name="isShared">Whether others may lie in its place while it holds nothing.</param>
public sealed class Placement(Storage storage, IReadOnlyList<Lifetime> lifetimes, long bytes, bool isShared)
{
    private readonly int _first = lifetimes[0].First, _last = lifetimes[^1].Last;

    /// <summary>The storage.</summary>
    public Storage Storage => storage;

    /// <summary>When it holds something.</summary>
    public IReadOnlyList<Lifetime> Lifetimes => lifetimes;

    /// <summary>Its size, rounded up to the arena's alignment.</summary>
    public long Bytes => bytes;

    /// <summary>Whether others may lie in its place while it holds nothing.</summary>
    public bool IsShared => isShared;

    /// <summary>Bytes from the arena's beginning.</summary>
    public long Offset { get; internal set; }

    /// <summary>The first byte after it.</summary>
    public long End => Offset + bytes;

    /// <summary>Calls from its first use to its last.</summary>
    public int Span => _last - _first + 1;

    /// <summary>Whether its place is its own during the call.</summary>
    public bool Occupies(int call) => !isShared || lifetimes.Any(life => life.Contains(call));

    /// <summary>The same with no place yet.</summary>
    internal Placement Unplaced() => new(storage, lifetimes, bytes, isShared);

    /// <summary>
    /// The same place for the calls from <paramref name="first"/> up to <paramref name="end"/>, the first of which is
    /// then call 0; null if it holds nothing during them.
    /// </summary>
    internal Placement? Within(int first, int end)
    {
        Lifetime[] within =
        [
            .. lifetimes.Where(life => life.Overlaps(new Lifetime(first, end - 1))).Select(
                life => new Lifetime(Math.Max(life.First, first) - first, Math.Min(life.Last, end - 1) - first)),
        ];
        return within.Length == 0 ? null : new Placement(storage, within, bytes, isShared) { Offset = Offset };
    }

    /// <summary>Whether both hold something during some call.</summary>
    public bool Overlaps(Placement other)
    {
        // A deep network has millions of pairs: most are seen to be apart at once, and no enumerator is allocated.
        if (_first > other._last || other._first > _last)
        {
            return false;
        }

        for (int i = 0; i < lifetimes.Count; i++)
        {
            for (int j = 0; j < other.Lifetimes.Count; j++)
            {
                if (lifetimes[i].Overlaps(other.Lifetimes[j]))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
