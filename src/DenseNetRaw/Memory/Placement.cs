using DenseNetRaw.Autograd;

namespace DenseNetRaw.Memory;

/// <summary>Where a storage lies in the arena, and when.</summary>
/// <param name="storage">The storage.</param>
/// <param name="lifetimes">When it holds something; two stretches if it is dropped and replayed.</param>
/// <param name="bytes">Its size, rounded up to the arena's alignment.</param>
public sealed class Placement(Storage storage, IReadOnlyList<Lifetime> lifetimes, long bytes)
{
    /// <summary>The storage.</summary>
    public Storage Storage => storage;

    /// <summary>When it holds something.</summary>
    public IReadOnlyList<Lifetime> Lifetimes => lifetimes;

    /// <summary>Its size, rounded up to the arena's alignment.</summary>
    public long Bytes => bytes;

    /// <summary>Bytes from the arena's beginning.</summary>
    public long Offset { get; internal set; }

    /// <summary>Whether both hold something during some call.</summary>
    public bool Overlaps(Placement other)
    {
        foreach (Lifetime mine in lifetimes)
        {
            foreach (Lifetime theirs in other.Lifetimes)
            {
                if (mine.Overlaps(theirs))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
