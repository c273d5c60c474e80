using System.Runtime.CompilerServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// The backward pass of norm-relu, or of the norm alone, with the channel's sums finished in double. One item is one
/// channel.
/// </summary>
/// <param name="x">What was normalised.</param>
/// <param name="norm">What with.</param>
/// <param name="dy">The gradient of the result, or of its pooling.</param>
/// <param name="dx">Receives the gradient.</param>
/// <param name="dnorm">The four gradients.</param>
/// <param name="stores">Whether dx is stored rather than added to.</param>
/// <param name="rectifies">Whether a ReLU followed.</param>
/// <param name="pool">How the result was pooled; null if it was not.</param>
/// <param name="planes">If it was, a plane of x for each worker.</param>
internal readonly unsafe struct NormReluBackwardWork(
    Planes x, ChannelVectors norm, Planes dy, Planes dx, ChannelVectors dnorm, bool stores,
    bool rectifies = true, AveragePoolWork? pool = null, float* planes = null) : IWork
{
    /// <summary>Elements that are summed in lanes before double takes over.</summary>
    private const int Elements = 1024;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>
    {
        float* sums = stackalloc float[2 * TLanes.Count];
        new Span<float>(sums, 2 * TLanes.Count).Clear();
        double sum = 0, centred = 0;
        ChannelNorm channel = norm[item];
        int images = Math.Max(1, Elements / x.Shape.Plane);
        for (int n = 0; n < x.Shape.N; n++)
        {
            float* gradient = dy.Plane(n, item);
            if (pool is { } pooling)
            {
                float* plane = planes + ((long)worker * x.Shape.Plane);
                pooling.Spread(gradient, plane);
                gradient = plane;
            }

            NormReluGradient.Add<TLanes>(
                x.Plane(n, item), gradient, x.Shape.Plane, channel, rectifies, dx.Plane(n, item), stores, null,
                sums);
            if ((n + 1) % images == 0 || n == x.Shape.N - 1)
            {
                sum += NormReluGradient.Total<TLanes>(sums);
                centred += NormReluGradient.Total<TLanes>(sums + TLanes.Count);
                new Span<float>(sums, 2 * TLanes.Count).Clear();
            }
        }

        norm.AddGradients(item, sum, centred, dnorm);
    }
}
