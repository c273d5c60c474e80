using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>y = or += f(a, b), element by element. One item is a run of channels of one image.</summary>
/// <param name="f">The function.</param>
/// <param name="a">The first argument.</param>
/// <param name="b">The second, or a again where there is none.</param>
/// <param name="y">The result.</param>
/// <param name="adds">Whether it is added.</param>
internal readonly unsafe struct ElementwiseWork(Elementwise f, Planes a, Planes b, Planes y, bool adds) : IWork
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (int n, int first, int end) = new ChannelRuns(y.Shape)[item];
        int count = (end - first) * y.Shape.Plane, i = 0;
        float* left = a.Plane(n, first), right = b.Plane(n, first), to = y.Plane(n, first);
        for (; i <= count - TLanes.Count; i += TLanes.Count)
        {
            TLanes value = Apply(TLanes.Load(left + i), TLanes.Load(right + i));
            TLanes.Store(adds ? TLanes.Load(to + i) + value : value, to + i);
        }

        if (i < count)
        {
            TLanes value = Apply(TLanes.LoadFirst(left + i, count - i), TLanes.LoadFirst(right + i, count - i));
            value = adds ? TLanes.LoadFirst(to + i, count - i) + value : value;
            TLanes.StoreFirst(value, to + i, count - i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TLanes Apply<TLanes>(TLanes left, TLanes right)
        where TLanes : unmanaged, ILanes<TLanes> => f switch
        {
            Elementwise.Copy => left,
            Elementwise.Add => left + right,
            Elementwise.AddRelu => TLanes.Rectify(left + right),
            Elementwise.Multiply => left * right,
            _ => TLanes.WherePositive(right, left),
        };
}
