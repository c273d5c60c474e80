using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// The backward pass of norm-relu, or of the norm alone, with the channel's sums finished in double. One item is
/// a run of channels.
/// </summary>
/// <param name="runs">The items.</param>
/// <param name="x">What was normalised.</param>
/// <param name="norm">What with.</param>
/// <param name="dy">The gradient of the result, or of its pooling.</param>
/// <param name="dx">Receives the gradient.</param>
/// <param name="dnorm">The four gradients.</param>
/// <param name="stores">Whether dx is stored rather than added to.</param>
/// <param name="rectifies">Whether a ReLU followed.</param>
/// <param name="pool">How the result was pooled, if it was.</param>
/// <param name="planes">A plane of x for each worker if it was, else null.</param>
internal readonly unsafe struct NormReluBackwardWork(
    ChannelRuns runs, Planes x, ChannelVectors norm, Planes dy, Planes dx, ChannelVectors dnorm, bool stores,
    bool rectifies = true, AveragePoolWork pool = default, float* planes = null) : IWork
{
    /// <summary>Elements that are summed in lanes before double takes over.</summary>
    private const int Elements = 1024;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        (_, int first, int end) = runs[item];
        ChannelNorm* channels = stackalloc ChannelNorm[ChannelRuns.Most];
        float* lanes = stackalloc float[2 * TLanes.Count * ChannelRuns.Most];
        double* sums = stackalloc double[ChannelRuns.Most], centred = stackalloc double[ChannelRuns.Most];
        new Span<float>(lanes, 2 * TLanes.Count * ChannelRuns.Most).Clear();
        for (int c = first; c < end; c++)
        {
            channels[c - first] = norm[c];
            sums[c - first] = centred[c - first] = 0;
        }

        int images = Math.Max(1, Elements / x.Shape.Plane);
        for (int n = 0; n < x.Shape.N; n++)
        {
            bool isFull = (n + 1) % images == 0 || n == x.Shape.N - 1;
            for (int c = first; c < end; c++)
            {
                float* partial = lanes + (2 * TLanes.Count * (c - first));
                NormReluGradient.Add<TLanes>(
                    x.Plane(n, c), Gradient(n, c, worker), x.Shape.Plane, channels[c - first], rectifies,
                    dx.Plane(n, c), stores, null, partial);
                if (isFull)
                {
                    sums[c - first] += NormReluGradient.Total<TLanes>(partial);
                    centred[c - first] += NormReluGradient.Total<TLanes>(partial + TLanes.Count);
                    new Span<float>(partial, 2 * TLanes.Count).Clear();
                }
            }
        }

        for (int c = first; c < end; c++)
        {
            norm.AddGradients(c, sums[c - first], centred[c - first], dnorm);
        }
    }

    /// <summary>The gradient of one plane of the result.</summary>
    private float* Gradient(int n, int c, int worker)
    {
        if (planes == null)
        {
            return dy.Plane(n, c);
        }

        float* plane = planes + ((long)worker * x.Shape.Plane);
        pool.Spread(dy.Plane(n, c), plane);
        return plane;
    }
}
