namespace DenseNetRaw.Tests;

/// <summary>What code allocates on the managed heap.</summary>
internal static class AllocatedBytes
{
    private const int MostAttempts = 200;

    /// <summary>
    /// What every play allocates, on any thread: the least of some. The test runner's threads allocate now and then,
    /// and are counted too: some attempts have theirs, while a play's own are in all. The pauses between attempts grow,
    /// so that other threads come to their end on a busy machine.
    /// </summary>
    /// <param name="play">It has been played before, so that what it allocates once is there.</param>
    public static long Least(Action play)
    {
        long least = long.MaxValue;
        for (int attempt = 0; attempt < MostAttempts && least > 0; attempt++)
        {
            Thread.Sleep(attempt);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            play();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        return least;
    }
}
