using System.Runtime.InteropServices;
using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Reference;

/// <summary>
/// Plain float64 loops, one function an operation: the specification that every faster backend is compared with, and
/// what gradient checks run on.
/// </summary>
public sealed unsafe partial class ReferenceBackend : Backend
{
    /// <inheritdoc/>
    public override string Name => "reference";

    /// <inheritdoc/>
    public override long AvailableBytes => HostMemory.AvailableBytes;

    /// <inheritdoc/>
    public override long BytesOf(Shape shape, StorageRole role) =>
        shape.Count * (role == StorageRole.Labels ? sizeof(int) : sizeof(double));

    /// <inheritdoc/>
    public override DeviceMemory Allocate(long bytes) => new HostMemory(bytes);

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<float> values, Tensor x)
    {
        View to = new(x);
        for (int i = 0; i < x.Shape.N * x.Shape.C; i++)
        {
            Span<double> plane = to.Plane(i / x.Shape.C, i % x.Shape.C);
            for (int p = 0; p < plane.Length; p++)
            {
                plane[p] = values[(i * plane.Length) + p];
            }
        }
    }

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<double> values, Tensor x)
    {
        View to = new(x);
        for (int i = 0; i < x.Shape.N * x.Shape.C; i++)
        {
            values.Slice(i * x.Shape.Plane, x.Shape.Plane).CopyTo(to.Plane(i / x.Shape.C, i % x.Shape.C));
        }
    }

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<int> values, Tensor labels) => values.CopyTo(Labels(labels));

    /// <inheritdoc/>
    public override void Download(Tensor x, Span<float> values)
    {
        View from = new(x);
        for (int i = 0; i < x.Shape.N * x.Shape.C; i++)
        {
            Span<double> plane = from.Plane(i / x.Shape.C, i % x.Shape.C);
            for (int p = 0; p < plane.Length; p++)
            {
                values[(i * plane.Length) + p] = (float)plane[p];
            }
        }
    }

    /// <inheritdoc/>
    public override void Download(Tensor x, Span<double> values)
    {
        View from = new(x);
        for (int i = 0; i < x.Shape.N * x.Shape.C; i++)
        {
            from.Plane(i / x.Shape.C, i % x.Shape.C).CopyTo(values[(i * x.Shape.Plane)..]);
        }
    }

    /// <inheritdoc/>
    public override void Fill(double value, Tensor y)
    {
        View to = new(y);
        for (int n = 0; n < y.Shape.N; n++)
        {
            for (int c = 0; c < y.Shape.C; c++)
            {
                to.Plane(n, c).Fill(value);
            }
        }
    }

    /// <inheritdoc/>
    public override void Sgd(
        double momentum, double weightDecay, bool nesterov, Tensor w, Tensor dw, Tensor v, Tensor squares,
        Grant grant = default)
    {
        double sum = 0;
        View W = new(w), DW = new(dw), V = new(v);
        for (int i = 0; i < w.Shape.N * w.Shape.C; i++)
        {
            (int k, int c) = (i / w.Shape.C, i % w.Shape.C);
            Span<double> weights = W.Plane(k, c), gradients = DW.Plane(k, c), velocities = V.Plane(k, c);
            for (int p = 0; p < weights.Length; p++)
            {
                double g = gradients[p] + (weightDecay * weights[p]);
                sum += gradients[p] * gradients[p];
                velocities[p] = (momentum * velocities[p]) + g;
                weights[p] -= Step.LearningRate * (nesterov ? g + (momentum * velocities[p]) : velocities[p]);
                gradients[p] = 0;
            }
        }

        Fill(sum, squares);
    }

    private static Span<int> Labels(Tensor labels) =>
        MemoryMarshal.CreateSpan(ref *(int*)labels.Storage.Address, labels.Shape.N);

    private void ClearIf(bool isStored, Tensor dx)
    {
        if (isStored)
        {
            Fill(0, dx);
        }
    }
}
