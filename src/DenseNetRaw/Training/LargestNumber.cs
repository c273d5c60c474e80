namespace DenseNetRaw.Training;

/// <summary>Finds how large a number may be, by doubling and then halving the distance.</summary>
internal static class LargestNumber
{
    /// <summary>
    /// The largest number from 1 to <paramref name="limit"/> for which <paramref name="fits"/> holds, given that it
    /// holds for every number below one for which it holds; 0 if not even for 1. It was asked about the answer, and
    /// about the number above that unless the answer is the limit.
    /// </summary>
    public static int For(int limit, Func<int, bool> fits)
    {
        int most = 0;
        long tooMany = 1;
        while (tooMany <= limit && fits((int)tooMany))
        {
            (most, tooMany) = ((int)tooMany, tooMany * 2);
        }

        tooMany = Math.Min(tooMany, limit + 1L);
        while (tooMany - most > 1)
        {
            int middle = (int)(most + ((tooMany - most) / 2));
            (most, tooMany) = fits(middle) ? (middle, tooMany) : (most, middle);
        }

        return most;
    }
}
