using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>Sums over one plane of a channel: lanes within a run, double over the runs.</summary>
internal static unsafe class ChannelSums
{
    /// <summary>Elements that are summed in lanes before double takes over.</summary>
    private const int Run = 4096;

    /// <summary>Σ (x − shift) and Σ (x − shift)² over one plane.</summary>
    /// <param name="x">The plane.</param>
    /// <param name="count">Its elements.</param>
    /// <param name="shift">What is taken off each.</param>
    /// <param name="ahead">How many elements further on is what will be read next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (double Sum, double Squares) OfPlane<TLanes>(float* x, int count, float shift, nint ahead)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        double sum = 0, squares = 0;
        for (int first = 0; first < count; first += Run)
        {
            (double s, double q) = OfRun<TLanes>(x + first, Math.Min(Run, count - first), shift, ahead);
            sum += s;
            squares += q;
        }

        return (sum, squares);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (double Sum, double Squares) OfRun<TLanes>(float* x, int count, float shift, nint ahead)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        TLanes sumA = default, sumB = default, squaresA = default, squaresB = default, shifts = TLanes.Broadcast(shift);
        int p = 0;
        for (; p <= count - (2 * TLanes.Count); p += 2 * TLanes.Count)
        {
            CacheLine.Fetch(x + p + ahead);
            CacheLine.Fetch(x + p + ahead + CacheLine.Floats);
            TLanes a = TLanes.Load(x + p) - shifts, b = TLanes.Load(x + p + TLanes.Count) - shifts;
            sumA += a;
            sumB += b;
            squaresA = TLanes.MultiplyAdd(a, a, squaresA);
            squaresB = TLanes.MultiplyAdd(b, b, squaresB);
        }

        double sum = Vector128.Sum(TLanes.Fold(sumA + sumB)), squares = Vector128.Sum(TLanes.Fold(squaresA + squaresB));
        for (; p < count; p++)
        {
            double centred = (double)x[p] - shift;
            sum += centred;
            squares += centred * centred;
        }

        return (sum, squares);
    }
}
