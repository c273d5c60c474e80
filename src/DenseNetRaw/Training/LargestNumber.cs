namespace DenseNetRaw.Training;

/// <summary>Finds how large a number may be, by trying few.</summary>
internal static class LargestNumber
{
    /// <summary>How much larger than what fits the next try may be: a deep network takes long to be planned.</summary>
    private const double Growth = 4;

    /// <summary>
    /// The largest number from 1 to <paramref name="limit"/> whose size is at most <paramref name="room"/>, 0 if not
    /// even that of 1, given that sizes do not fall. The answer was tried, and the number above it. Sizes are nearly
    /// straight lines or parabolas, so the next try is where a line through the last two meets the room; every third
    /// halves or doubles, as sizes may be unruly.
    /// </summary>
    public static int For(int limit, double room, Func<int, double> size)
    {
        (double Number, double Size) before = (0, 0), below = before, above = (limit + 1.0, double.PositiveInfinity);
        bool isBounded = false;
        for (int tries = 1, number = 1; ; tries++)
        {
            double found = size(number);
            if (found <= room)
                (before, below) = (below, (number, found));
            else
                (above, isBounded) = ((number, found), true);
            if (above.Number - below.Number <= 1)
                return (int)below.Number;

            bool isThird = tries % 3 == 0;
            double next = isBounded
                ? isThird || double.IsInfinity(above.Size)
                    ? (below.Number + above.Number) / 2
                    : Meet(below, above, room)
                : Math.Min(Growth * below.Number, isThird ? 2 * below.Number : Meet(before, below, room));
            number = (int)Math.Clamp(next, below.Number + 1, above.Number - 1);
        }
    }

    /// <summary>Where the line through two sizes meets the room; infinity where it does not rise.</summary>
    private static double Meet((double Number, double Size) a, (double Number, double Size) b, double room) =>
        b.Size > a.Size
            ? b.Number + ((room - b.Size) * (b.Number - a.Number) / (b.Size - a.Size))
            : double.PositiveInfinity;
}
