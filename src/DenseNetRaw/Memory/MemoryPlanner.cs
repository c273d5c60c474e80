using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Memory;

/// <summary>
/// Turns a tape into a plan: plays it on a tracing backend, and gives every storage its place in one arena. Largest
/// first, each at the lowest offset that is free in all its lifetimes; this offline form of dynamic storage allocation
/// is NP-hard; docs/memory.md says how far the greedy rule stays from the lower bound. No one meaning of "largest" is
/// best for every network, so bytes, calls and their product are tried. Scratch and workspaces share places in every
/// strategy, what a strategy without reuse keeps does not.
/// </summary>
public static class MemoryPlanner
{
    private const long Alignment = 64;

    private static readonly Func<Placement, double>[] Sizes =
    [
        placement => placement.Bytes,
        placement => placement.Span,
        placement => (double)placement.Bytes * placement.Span,
    ];

    /// <summary>Plans one step: forward, and backward from <paramref name="loss"/> unless that is null.</summary>
    /// <param name="tape">The recorded step.</param>
    /// <param name="backend">The backend that will play it; it is asked for sizes alone.</param>
    /// <param name="loss">
    /// What is differentiated: a number [1, 1, 1, 1], or else the sum of its elements, as its gradient starts as ones.
    /// </param>
    public static MemoryPlan Plan(Tape tape, Backend backend, Variable? loss = null)
    {
        using Tracing trace = new(backend);
        tape.Forward(trace);
        if (loss is not null)
        {
            tape.Backward(trace, loss);
        }

        trace.Finish();
        List<Placement> placements = [];
        foreach ((Storage storage, List<Lifetime> lifetimes) in trace.Lifetimes)
        {
            long bytes = (backend.BytesOf(storage.Shape, storage.Role) + Alignment - 1) / Alignment * Alignment;
            bool isShared = tape.Memory.ReusesStorage || storage.Role.IsTransient();
            placements.Add(new Placement(storage, lifetimes, bytes, isShared));
        }

        return new MemoryPlan(trace.Calls, Place(placements));
    }

    /// <summary>What shares its place with nothing lies below, and above it the rest in the best order.</summary>
    private static List<Placement> Place(List<Placement> placements)
    {
        long bottom = 0;
        foreach (Placement placement in placements.Where(placement => !placement.IsShared))
        {
            placement.Offset = bottom;
            bottom = placement.End;
        }

        List<Placement> best = [.. placements.Where(placement => placement.IsShared)];
        long least = long.MaxValue;
        foreach (Func<Placement, double> size in Sizes)
        {
            List<Placement> shared = [.. best.Select(placement => placement.Unplaced())];
            long top = PlaceShared(shared, size, bottom);
            if (top < least)
            {
                (best, least) = (shared, top);
            }
        }

        return [.. placements.Where(p => !p.IsShared).Concat(best).OrderBy(p => p.Lifetimes[0].First)];
    }

    /// <summary>
    /// Largest first; two may lie in one place at different times. Returns where the last byte ends.
    /// </summary>
    private static long PlaceShared(List<Placement> placements, Func<Placement, double> size, long bottom)
    {
        long top = bottom;
        List<Placement> placedByOffset = [];
        foreach (Placement placement in placements.OrderByDescending(size).ThenBy(p => p.Lifetimes[0].First))
        {
            long offset = bottom;
            foreach (Placement other in placedByOffset)
            {
                if (offset + placement.Bytes <= other.Offset)
                {
                    break;
                }

                if (placement.Overlaps(other))
                {
                    offset = Math.Max(offset, other.End);
                }
            }

            placement.Offset = offset;
            top = Math.Max(top, placement.End);
            int at = placedByOffset.FindIndex(other => other.Offset > offset);
            placedByOffset.Insert(at < 0 ? placedByOffset.Count : at, placement);
        }

        return top;
    }
}
