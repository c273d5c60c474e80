namespace DenseNetRaw.RandomNumbers;

/// <summary>
/// Philox4x32-10, a counter-based random number generator: four random words as a pure function of a key and a counter,
/// so any element of any stream can be drawn again at any time, on any thread and any device.
/// Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", doi:10.1145/2063384.2063405.
/// </summary>
public static class Philox
{
    private const int Rounds = 10;

    /// <summary>
    /// The four words of <paramref name="counter"/> in the stream (<paramref name="seed"/>, <paramref name="stream"/>,
    /// <paramref name="step"/>).
    /// </summary>
    /// <param name="seed">The run's seed: the 64-bit key.</param>
    /// <param name="counter">The position within the stream.</param>
    /// <param name="stream">What is drawn: the ordinal of a dropout layer, or a purpose such as shuffling.</param>
    /// <param name="step">When it is drawn: the step or epoch.</param>
    public static (uint X, uint Y, uint Z, uint W) Draw(ulong seed, ulong counter, uint stream, uint step)
    {
        uint x = (uint)counter, y = (uint)(counter >> 32), z = stream, w = step;
        uint key0 = (uint)seed, key1 = (uint)(seed >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = 0xD2511F53UL * x;
            ulong product1 = 0xCD9E8D57UL * z;
            x = (uint)(product1 >> 32) ^ y ^ key0;
            z = (uint)(product0 >> 32) ^ w ^ key1;
            y = (uint)product1;
            w = (uint)product0;
            key0 += 0x9E3779B9;
            key1 += 0xBB67AE85;
        }

        return (x, y, z, w);
    }

    /// <summary>A word as a real number in [0, 1), exact in 32 bits of mantissa.</summary>
    public static double ToUnit(uint word) => word * (1.0 / 4294967296.0);
}
