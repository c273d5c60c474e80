using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda.Execution;

namespace DenseNetRaw.Cuda;

/// <content>Channel statistics, and the norm-relu that consumes them.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void ChannelStatistics(Tensor x, Tensor mean, Tensor variance, Grant grant = default)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x);
        Extent extent = ExtentOf(x);
        machine.Launch(
            machine.Kernels.Find("channel_statistics", "channel_statistics", from.Type),
            OfSums(extent, machine, from), SliceOf(from), extent, PartialsIn(grant, machine), VectorOf(mean),
            VectorOf(variance));
    }

    /// <inheritdoc/>
    public override void ChannelStatisticsBackward(
        Tensor x, Tensor mean, Tensor dmean, Tensor dvariance, Tensor dx, Grant grant = default)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x), to = _layout.Of(dx);
        Extent extent = ExtentOf(x);
        machine.Launch(
            machine.Kernels.Find("channel_statistics", "channel_statistics_backward", from.Type, to.Type),
            Over(extent, machine, from, to), SliceOf(from), VectorOf(mean), VectorOf(dmean), VectorOf(dvariance),
            extent, Stores(grant), SliceOf(to));
    }

    /// <inheritdoc/>
    public override void NormRelu(Tensor x, Normalisation norm, Tensor y) => Normalise("norm_relu", x, norm, y);

    /// <inheritdoc/>
    public override void NormReluBackward(
        Tensor x, Normalisation norm, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant = default) =>
        NormaliseBackward("norm_relu_backward", x, norm, dy, dx, dnorm, grant);

    /// <inheritdoc/>
    public override void Norm(Tensor x, Normalisation norm, Tensor y) => Normalise("norm", x, norm, y);

    /// <inheritdoc/>
    public override void NormBackward(
        Tensor x, Normalisation norm, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant = default) =>
        NormaliseBackward("norm_backward", x, norm, dy, dx, dnorm, grant);

    /// <inheritdoc/>
    public override void MoveRunningStatistics(
        Tensor mean, Tensor variance, long count, double momentum, Tensor? gate, Tensor runningMean,
        Tensor runningVariance)
    {
        CudaMachine machine = Machine;
        machine.Launch(
            machine.Kernels.Find("running_statistics", "move_running_statistics"),
            LaunchShape.OfRun(mean.Shape.C, machine.Multiprocessors), VectorOf(mean), VectorOf(variance),
            (float)(count / Math.Max(1.0, count - 1)), (float)momentum,
            gate is { } closable ? VectorOf(closable) : 0UL, mean.Shape.C, VectorOf(runningMean),
            VectorOf(runningVariance));
    }

    /// <summary>y = x, and the statistics of y: one pass where copy and statistics take two.</summary>
    internal void CopyChannelStatistics(Operand x, Tensor y, StatisticsGrant statistics)
    {
        CudaMachine machine = Machine;
        Operand to = _layout.Of(y);
        Extent extent = ExtentOf(y);
        machine.Launch(
            machine.Kernels.Find("channel_statistics", "copy_channel_statistics", x.Type, to.Type),
            OfSums(extent, machine, x, to), SliceOf(x), extent,
            PartialsIn(new Grant(statistics.Workspace), machine), SliceOf(to), VectorOf(statistics.Mean),
            VectorOf(statistics.Variance));
    }

    private void Normalise(string operation, Tensor x, Normalisation norm, Tensor y)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x), to = _layout.Of(y);
        Extent extent = ExtentOf(x);
        machine.Launch(
            machine.Kernels.Find("norm_relu", operation, from.Type, to.Type), Over(extent, machine, from, to),
            SliceOf(from), NormOf(norm), extent, SliceOf(to));
    }

    private void NormaliseBackward(
        string operation, Tensor x, Normalisation norm, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x), gradient = _layout.Of(dy), to = _layout.Of(dx);
        Extent extent = ExtentOf(x);
        machine.Launch(
            machine.Kernels.Find("norm_relu", operation, from.Type, gradient.Type, to.Type),
            OfSums(extent, machine, from, gradient, to), SliceOf(from), NormOf(norm), SliceOf(gradient), extent,
            PartialsIn(grant, machine), Stores(grant), SliceOf(to), GradientOf(dnorm));
    }

    private Norm NormOf(Normalisation norm) => new(
        VectorOf(norm.Mean), VectorOf(norm.Variance), VectorOf(norm.Gamma), VectorOf(norm.Beta), (float)norm.Epsilon);
}
