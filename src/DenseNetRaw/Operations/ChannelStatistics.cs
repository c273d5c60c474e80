using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// Mean and biased variance of each channel: mean[c] = Σ x / M, variance[c] = Σ (x − mean)² / M, sums over n,h,w,
/// M = N·H·W. x [N, C, H, W]; mean, variance [1, C, 1, 1]. The first half of batch normalisation, Ioffe and Szegedy
/// 2015, arXiv:1502.03167, algorithm 1, as a node: recorded once, when channels are written, for all that will read
/// them.
/// </summary>
public sealed class ChannelStatistics : Node
{
    private readonly Variable _x;
    private readonly Statistics _statistics;

    private ChannelStatistics(Variable x, Statistics statistics)
        : base([x], [statistics.Mean, statistics.Variance]) => (_x, _statistics) = (x, statistics);

    /// <summary>
    /// Records the statistics of x, into <paramref name="statistics"/> if they are given, and returns them.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Statistics Record(Tape tape, Variable x, Statistics? statistics = null)
    {
        statistics ??= tape.NewStatistics(x.Name, x.Shape.C);
        Require(
            statistics.Mean.Shape == Shape.Vector(x.Shape.C) && statistics.Variance.Shape == Shape.Vector(x.Shape.C),
            nameof(ChannelStatistics), $"mean and variance must be [1, {x.Shape.C}, 1, 1]",
            x, statistics.Mean, statistics.Variance);
        Require(
            x.HasGradient || !tape.IsTraining, nameof(ChannelStatistics),
            "x must have a gradient; images are normalised when they are loaded", x);
        tape.Record(new ChannelStatistics(x, statistics));
        return statistics;
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend) =>
        backend.ChannelStatistics(_x.Value, _statistics.Mean.Value, _statistics.Variance.Value);

    /// <inheritdoc/>
    public override void Backward(Backend backend) => backend.ChannelStatisticsBackward(
        _x.Value, _statistics.Mean.Value, _statistics.Mean.Gradient, _statistics.Variance.Gradient, _x.Gradient);
}
