using System.Runtime.CompilerServices;
using DenseNetRaw.RandomNumbers;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// y = or += x / (1 − rate) where the element's random word lets it pass, else 0. Four neighbouring elements, by the
/// logical index over [N, C, H, W], share one draw. One item is a run of the logical index.
/// </summary>
internal readonly unsafe struct DropoutWork : IWork
{
    private const int Run = 4096;

    private readonly Planes _x, _y;
    private readonly StepState _step;
    private readonly uint _ordinal;
    private readonly ulong _threshold;
    private readonly float _scale;
    private readonly bool _adds;

    /// <summary>The dropping of x.</summary>
    public DropoutWork(Planes x, double rate, uint ordinal, StepState step, Planes y, bool adds)
    {
        (_x, _y, _step, _ordinal, _adds) = (x, y, step, ordinal, adds);

        // word · 2⁻³² ≥ rate, in whole numbers.
        _threshold = (ulong)Math.Ceiling(rate * 4294967296.0);
        _scale = (float)(1 / (1 - rate));
    }

    /// <summary>How many items there are.</summary>
    public int Items => (int)((_x.Shape.Count + Run - 1) / Run);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IWork.Run<TLanes>(int item, int worker)
    {
        long end = Math.Min(_x.Shape.Count, (item + 1L) * Run);
        uint* words = stackalloc uint[4];
        int image = _x.Shape.C * _x.Shape.Plane;
        for (long i = (long)item * Run; i < end; i += 4)
        {
            (words[0], words[1], words[2], words[3]) = Philox.Draw(_step.Seed, (ulong)(i / 4), _ordinal, _step.Number);
            for (int j = 0; j < Math.Min(4, end - i); j++)
            {
                int n = (int)((i + j) / image), at = (int)((i + j) % image);
                float value = words[j] >= _threshold ? _x.Image(n)[at] * _scale : 0;
                float* to = _y.Image(n) + at;
                *to = _adds ? *to + value : value;
            }
        }
    }
}
