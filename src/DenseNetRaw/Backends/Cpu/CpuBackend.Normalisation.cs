using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <content>Channel statistics, and the norm-relu that consumes them.</content>
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void ChannelStatistics(Tensor x, Tensor mean, Tensor variance, Grant grant = default) =>
        Run(new ChannelStatisticsWork(new(x), Vector(mean), Vector(variance)), x.Shape.C);

    /// <inheritdoc/>
    public override void ChannelStatisticsBackward(
        Tensor x, Tensor mean, Tensor dmean, Tensor dvariance, Tensor dx, Grant grant = default) =>
        Run(
            new ChannelStatisticsBackwardWork(
                new(x), Vector(mean), Vector(dmean), Vector(dvariance), new(dx), grant.Stores),
            new ChannelRuns(x.Shape).Items);

    /// <inheritdoc/>
    public override void NormRelu(Tensor x, Normalisation norm, Tensor y) =>
        Run(new NormReluWork(new(x), new(norm), new(y)), new ChannelRuns(x.Shape).Items);

    /// <inheritdoc/>
    public override void NormReluBackward(
        Tensor x, Normalisation norm, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant = default) =>
        Run(new NormReluBackwardWork(new(x), new(norm), new(dy), new(dx), new(dnorm), grant.Stores), x.Shape.C);

    /// <inheritdoc/>
    public override void MoveRunningStatistics(
        Tensor mean, Tensor variance, long count, double momentum, Tensor runningMean, Tensor runningVariance)
    {
        double unbiased = count / Math.Max(1.0, count - 1);
        Move(Vector(mean), 1, momentum, runningMean);
        Move(Vector(variance), unbiased, momentum, runningVariance);
    }

    private static void Move(float* batch, double factor, double momentum, Tensor running)
    {
        float* to = Vector(running);
        for (int c = 0; c < running.Shape.C; c++)
        {
            to[c] += (float)(momentum * ((batch[c] * factor) - to[c]));
        }
    }
}
