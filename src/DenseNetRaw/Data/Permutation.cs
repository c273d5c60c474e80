using DenseNetRaw.RandomNumbers;

namespace DenseNetRaw.Data;

/// <summary>
/// A seeded order of n things, by the algorithm of Fisher and Yates (Knuth, The Art of Computer Programming,
/// volume 2, section 3.4.2, algorithm P).
/// </summary>
internal static class Permutation
{
    /// <summary>
    /// Fills <paramref name="order"/> with a permutation of 0 … n − 1, a function of (seed, stream, step) alone.
    /// </summary>
    public static void Fill(Span<int> order, ulong seed, uint stream, uint step)
    {
        Identity(order);
        for (int last = order.Length - 1; last > 0; last--)
        {
            (uint x, uint y, _, _) = Philox.Draw(seed, (ulong)last, stream, step);

            // The high half of a 64-bit fraction times (last + 1): uneven by less than 2^-32 of a chance.
            int other = (int)Math.BigMul(((ulong)x << 32) | y, (ulong)last + 1, out _);
            (order[last], order[other]) = (order[other], order[last]);
        }
    }

    /// <summary>Fills <paramref name="order"/> with 0 … n − 1.</summary>
    public static void Identity(Span<int> order)
    {
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
    }
}
