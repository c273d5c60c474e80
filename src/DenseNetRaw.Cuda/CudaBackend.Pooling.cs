using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda.Execution;

namespace DenseNetRaw.Cuda;

/// <content>Pooling, and the norm-relu before it.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void AveragePool(Tensor x, Window window, Tensor y) => Pool("average_pool", x, window, y);

    /// <inheritdoc/>
    public override void AveragePoolBackward(Tensor dy, Window window, Tensor dx, Grant grant = default)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(dy), to = _layout.Of(dx);
        Extent extent = ExtentOf(dx);
        machine.Launch(
            machine.Kernels.Find("pool", "average_pool_backward", from.Type, to.Type),
            Over(extent, machine, from, to), SliceOf(from), PoolingOf(dx, window, dy), extent, Stores(grant),
            SliceOf(to));
    }

    /// <inheritdoc/>
    public override void MaxPool(Tensor x, Window window, Tensor y) => Pool("max_pool", x, window, y);

    /// <inheritdoc/>
    public override void MaxPoolBackward(Tensor x, Tensor dy, Window window, Tensor dx, Grant grant = default)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x), gradient = _layout.Of(dy), to = _layout.Of(dx);
        Extent extent = ExtentOf(dx);
        machine.Launch(
            machine.Kernels.Find("pool", "max_pool_backward", from.Type, gradient.Type, to.Type),
            Over(extent, machine, from, gradient, to), SliceOf(from), SliceOf(gradient), PoolingOf(x, window, dy),
            extent, Stores(grant), SliceOf(to));
    }

    /// <inheritdoc/>
    public override long? NormReluAveragePoolBytes(Shape x, Window window) => ReductionBytes(x);

    /// <inheritdoc/>
    public override void NormReluAveragePool(
        Tensor x, Normalisation norm, Window window, Tensor y, Grant grant = default)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x), to = _layout.Of(y);
        Extent extent = ExtentOf(y);
        machine.Launch(
            machine.Kernels.Find("norm_relu_pool", "norm_relu_average_pool", from.Type, to.Type),
            Over(extent, machine, from, to), SliceOf(from), NormOf(norm), PoolingOf(x, window, y), extent, SliceOf(to));
    }

    /// <inheritdoc/>
    public override void NormReluAveragePoolBackward(
        Tensor x, Normalisation norm, Window window, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant = default)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x), gradient = _layout.Of(dy), to = _layout.Of(dx);
        Extent extent = ExtentOf(x);
        machine.Launch(
            machine.Kernels.Find(
                "norm_relu_pool", "norm_relu_average_pool_backward", from.Type, gradient.Type, to.Type),
            OfSums(extent, machine, from, gradient, to), SliceOf(from), NormOf(norm), PoolingOf(x, window, dy),
            SliceOf(gradient), extent, PartialsIn(grant, machine), Stores(grant), SliceOf(to), GradientOf(dnorm));
    }

    private static Pooling PoolingOf(Tensor x, Window window, Tensor y) => new(
        x.Shape.H, x.Shape.W, y.Shape.H, y.Shape.W, window.Height, window.Width, window.Stride, window.Padding);

    private void Pool(string operation, Tensor x, Window window, Tensor y)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x), to = _layout.Of(y);
        Extent extent = ExtentOf(y);
        machine.Launch(
            machine.Kernels.Find("pool", operation, from.Type, to.Type), Over(extent, machine, from, to),
            SliceOf(from), PoolingOf(x, window, y), extent, SliceOf(to));
    }
}
