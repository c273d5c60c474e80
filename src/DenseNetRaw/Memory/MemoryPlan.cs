using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Memory;

/// <summary>A planned step: its calls in order, and place and lifetimes of each storage in one arena.</summary>
public sealed class MemoryPlan
{
    internal MemoryPlan(IReadOnlyList<Call> calls, IReadOnlyList<Placement> placements)
    {
        Calls = calls;
        Placements = placements;
        PeakBytes = placements.Count == 0 ? 0 : placements.Max(p => p.End);
        LowerBoundBytes = LiveBytes().Append(0).Max();
        long[] given = LiveBytes(placement => placement.IsShared);
        PeakCall = Array.IndexOf(given, given.Append(0).Max());
    }

    /// <summary>The calls that a step makes.</summary>
    public IReadOnlyList<Call> Calls { get; }

    /// <summary>Place and lifetimes of every storage in the arena, in order of first use.</summary>
    public IReadOnlyList<Placement> Placements { get; }

    /// <summary>Bytes of the arena: the step's peak memory, known before any of it is allocated.</summary>
    public long PeakBytes { get; }

    /// <summary>The largest sum of live bytes at any call: no placement can need less.</summary>
    public long LowerBoundBytes { get; }

    /// <summary>The call during which most bytes are taken, by what is live or shares its place with nothing.</summary>
    public int PeakCall { get; }

    /// <summary>
    /// Bytes that each role takes at the fullest call. They sum to the lower bound, or to the peak where no value gives
    /// its place to another.
    /// </summary>
    public IReadOnlyDictionary<StorageRole, long> BytesByRole => Placements
        .GroupBy(p => p.Storage.Role).OrderBy(roles => roles.Key)
        .ToDictionary(roles => roles.Key, roles => roles.Where(p => p.Occupies(PeakCall)).Sum(p => p.Bytes));

    /// <summary>Multiply-adds of the forward pass that are computed a second time.</summary>
    public long RecomputedMultiplyAdds => Recomputed.Sum(call => call.MultiplyAdds);

    /// <summary>Bytes that calls move which compute something a second time.</summary>
    public long RecomputedBytes => Recomputed.Sum(call => call.BytesMoved);

    /// <summary>The calls that compute something a second time.</summary>
    public IEnumerable<Call> Recomputed => Calls.Where(call => call.Phase == Phase.Replay);

    /// <summary>How many values that the backward pass reads are computed a second time for it.</summary>
    public int RecomputedValues => Recomputation.Of(this).Count;

    /// <summary>What the step costs (<see cref="Call.Cost"/>).</summary>
    public double Cost => Calls.Sum(call => call.Cost);

    /// <summary>Live bytes during each call: all, or those of the placements that count.</summary>
    public long[] LiveBytes(Func<Placement, bool>? counts = null)
    {
        long[] live = new long[Calls.Count + 1];
        foreach (Placement placement in counts is null ? Placements : Placements.Where(counts))
        {
            foreach (Lifetime lifetime in placement.Lifetimes)
            {
                live[lifetime.First] += placement.Bytes;
                live[lifetime.Last + 1] -= placement.Bytes;
            }
        }

        for (int call = 1; call < live.Length; call++)
        {
            live[call] += live[call - 1];
        }

        return live[..Calls.Count];
    }

    /// <summary>How many calls are made up to the last that writes a tensor's storage, which is one of them.</summary>
    public int CallsTo(Tensor y)
    {
        int call = Calls.Count;
        while (call > 0 && !Calls[call - 1].Writes.Any(written => written.Storage == y.Storage))
        {
            call--;
        }

        return call;
    }

    /// <summary>
    /// The calls from <paramref name="first"/> up to <paramref name="end"/> as a step of their own, in the places that
    /// they have in this one.
    /// </summary>
    public MemoryPlan Part(int first, int end) => new(
        [.. Calls.Skip(first).Take(end - first)],
        [.. Placements.Select(placement => placement.Within(first, end)).OfType<Placement>()]);

    /// <summary>Gives every storage its address in an arena of at least <see cref="PeakBytes"/>.</summary>
    public void Bind(DeviceMemory arena)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(arena.Bytes, PeakBytes);
        Bind(arena.Address);
    }

    /// <summary>As above, where <see cref="PeakBytes"/> from this address are known to be the step's.</summary>
    internal void Bind(nint arena)
    {
        foreach (Placement placement in Placements)
        {
            placement.Storage.Address = arena + (nint)placement.Offset;
        }
    }

    /// <summary>Plays the step. Allocates nothing.</summary>
    public void Play(Backend backend)
    {
        for (int i = 0; i < Calls.Count; i++)
        {
            Calls[i].Play(backend);
        }
    }

    /// <summary>
    /// Plays the step with every storage filled with NaN before its lives and after them, and fails at the first call
    /// that reads or writes a NaN. Slow, and allocates: it is for finding mistakes in operations and plans.
    /// </summary>
    /// <param name="backend">The backend that the step was planned for.</param>
    /// <param name="played">Called after each call, before what died with it is filled.</param>
    /// <exception cref="InvalidOperationException">
    /// A NaN was read or written: names the call, its node, the variable, when it lives and who wrote it last.
    /// </exception>
    public void PlayPoisoned(Backend backend, Action<Call>? played = null) =>
        new PoisonedPlay(this, backend).Play(played);
}
