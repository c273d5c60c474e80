using DenseNetRaw.RandomNumbers;

namespace DenseNetRaw.Data;

/// <summary>The random numbers of one stream, one after the other, for what is drawn in a fixed order.</summary>
internal struct RandomSequence(ulong seed, uint stream, uint step)
{
    private ulong _position;

    /// <summary>A real number in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double Between(double low, double high) => low + ((high - low) * Philox.ToUnit(Next()));

    /// <summary>A whole number in [0, <paramref name="bound"/>); uneven by less than bound · 2^-32.</summary>
    public int Below(int bound) => (int)(((ulong)Next() * (uint)bound) >> 32);

    private uint Next() => Philox.Draw(seed, _position++, stream, step).X;
}
