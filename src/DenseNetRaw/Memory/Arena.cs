namespace DenseNetRaw.Memory;

/// <summary>
/// Places storages in one arena: largest first, each at the lowest offset that is free in all its lifetimes. This
/// offline form of dynamic storage allocation is NP-hard; docs/memory.md says how far the greedy rule stays from the
/// lower bound. No one meaning of "largest" is best for every network, so bytes, calls and their product are tried.
/// </summary>
internal static class Arena
{
    private static readonly Func<Placement, double>[] Sizes =
    [
        placement => placement.Bytes,
        placement => placement.Span,
        placement => (double)placement.Bytes * placement.Span,
    ];

    /// <summary>What shares its place with nothing lies below, and above it the rest in the best order.</summary>
    public static List<Placement> Place(List<Placement> placements)
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
