using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// One step of stochastic gradient descent in one sweep, which sums the squares of the gradients as it passes: lanes
/// within an item, double over the items. One item is a run of parameters.
/// </summary>
/// <param name="learningRate">Step length.</param>
/// <param name="momentum">Weight of the velocity.</param>
/// <param name="weightDecay">Weight of the parameters in their gradient.</param>
/// <param name="nesterov">Whether the gradient is looked at one velocity ahead.</param>
/// <param name="w">Parameters.</param>
/// <param name="dw">Their gradients, cleared.</param>
/// <param name="v">Velocities.</param>
/// <param name="count">How many there are.</param>
/// <param name="squares">Receives the sum of squares of each item's gradients.</param>
internal readonly unsafe struct SgdWork(
    float learningRate, float momentum, float weightDecay, bool nesterov, float* w, float* dw, float* v, long count,
    double* squares)
    : IWork
{
    private const int Run = 16384;

    /// <summary>How many items there are.</summary>
    public int Items => ItemsOf(count);

    /// <summary>How many items so many parameters are.</summary>
    public static int ItemsOf(long count) => checked((int)((count + Run - 1) / Run));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void IWork.Run<TLanes>(int item, int worker)
    {
        long end = Math.Min(count, (item + 1L) * Run), i = (long)item * Run;
        TLanes sum = default;
        for (; i <= end - TLanes.Count; i += TLanes.Count)
        {
            TLanes gradient = TLanes.Load(dw + i);
            sum = TLanes.MultiplyAdd(gradient, gradient, sum);
            (TLanes weight, TLanes velocity) = Step(TLanes.Load(w + i), gradient, TLanes.Load(v + i));
            TLanes.Store(weight, w + i);
            TLanes.Store(velocity, v + i);
            TLanes.Store(default, dw + i);
        }

        if (i < end)
        {
            int rest = (int)(end - i);
            TLanes gradient = TLanes.LoadFirst(dw + i, rest);
            sum = TLanes.MultiplyAdd(gradient, gradient, sum);
            (TLanes weight, TLanes velocity) =
                Step(TLanes.LoadFirst(w + i, rest), gradient, TLanes.LoadFirst(v + i, rest));
            TLanes.StoreFirst(weight, w + i, rest);
            TLanes.StoreFirst(velocity, v + i, rest);
            TLanes.StoreFirst(default, dw + i, rest);
        }

        squares[item] = Vector128.Sum(TLanes.Fold(sum));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private (TLanes Weight, TLanes Velocity) Step<TLanes>(TLanes weight, TLanes gradient, TLanes velocity)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes m = TLanes.Broadcast(momentum);
        TLanes g = TLanes.MultiplyAdd(TLanes.Broadcast(weightDecay), weight, gradient);
        velocity = TLanes.MultiplyAdd(m, velocity, g);
        TLanes direction = nesterov ? TLanes.MultiplyAdd(m, velocity, g) : velocity;
        return (weight - (TLanes.Broadcast(learningRate) * direction), velocity);
    }
}
