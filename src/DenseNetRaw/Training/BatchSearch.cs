namespace DenseNetRaw.Training;

/// <summary>Finds how many images fit.</summary>
public static class BatchSearch
{
    /// <summary>The most images that a step is planned for.</summary>
    public const int Limit = 1_000_000;

    /// <summary>
    /// The largest number for which <paramref name="fits"/> holds, 0 if not even 1, given that it holds for every
    /// number below one for which it holds; <see cref="Limit"/> at most.
    /// </summary>
    public static int Largest(Func<int, bool> fits)
    {
        int most = 0;
        int tooMany = 1;
        while (tooMany <= Limit && fits(tooMany))
        {
            (most, tooMany) = (tooMany, tooMany * 2);
        }

        tooMany = Math.Min(tooMany, Limit + 1);
        while (tooMany - most > 1)
        {
            int middle = most + ((tooMany - most) / 2);
            (most, tooMany) = fits(middle) ? (middle, tooMany) : (most, middle);
        }

        return most;
    }
}
