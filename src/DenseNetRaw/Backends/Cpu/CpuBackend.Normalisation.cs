using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <content>Channel statistics, and the norm-relu that consumes them.</content>
public unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void ChannelStatistics(Tensor x, Tensor mean, Tensor variance, Grant grant = default) =>
        Run(new ChannelStatisticsWork(Runs(x), new(x), Vector(mean), Vector(variance)), Runs(x).Items);

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
        Run(
            new NormReluBackwardWork(Runs(x), new(x), new(norm), new(dy), new(dx), new(dnorm), grant.Stores),
            Runs(x).Items);

    /// <inheritdoc/>
    public override void Norm(Tensor x, Normalisation norm, Tensor y) =>
        Run(new NormReluWork(new(x), new(norm), new(y), rectifies: false), new ChannelRuns(x.Shape).Items);

    /// <inheritdoc/>
    public override void NormBackward(
        Tensor x, Normalisation norm, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant = default) =>
        Run(
            new NormReluBackwardWork(
                Runs(x), new(x), new(norm), new(dy), new(dx), new(dnorm), grant.Stores, rectifies: false),
            Runs(x).Items);

    /// <inheritdoc/>
    public override long? NormReluAveragePoolBytes(Shape x, Window window)
    {
        WorkspaceArea workspace = new(0);
        PlanesIn(ref workspace, x);
        return workspace.Bytes;
    }

    /// <inheritdoc/>
    public override void NormReluAveragePool(
        Tensor x, Normalisation norm, Window window, Tensor y, Grant grant = default)
    {
        WorkspaceArea workspace = Workspace(grant);
        Run(
            new NormReluAveragePoolWork(new(x), new(norm), window, new(y), PlanesIn(ref workspace, x.Shape)),
            new ChannelRuns(x.Shape).Items);
    }

    /// <inheritdoc/>
    public override void NormReluAveragePoolBackward(
        Tensor x, Normalisation norm, Window window, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant = default)
    {
        WorkspaceArea workspace = Workspace(grant);
        AveragePoolWork pool = new(new(dx), window, new(dy), isBackward: true, stores: true);
        Run(
            new NormReluBackwardWork(
                Runs(x), new(x), new(norm), new(dy), new(dx), new(dnorm), grant.Stores, pool: pool,
                planes: PlanesIn(ref workspace, x.Shape)),
            Runs(x).Items);
    }

    /// <inheritdoc/>
    public override void MoveRunningStatistics(
        Tensor mean, Tensor variance, long count, double momentum, Tensor? gate, Tensor runningMean,
        Tensor runningVariance)
    {
        if (gate is { } closable && IsClosed(closable))
        {
            return;
        }

        double unbiased = count / Math.Max(1.0, count - 1);
        Move(Vector(mean), 1, momentum, runningMean);
        Move(Vector(variance), unbiased, momentum, runningVariance);
    }

    private ChannelRuns Runs(Tensor x) => new(x.Shape.C, _call.Threads);

    /// <summary>A plane of x for each worker.</summary>
    private float* PlanesIn(ref WorkspaceArea workspace, Shape x) =>
        workspace.Take<float>((long)_call.Threads * x.Plane);

    private static void Move(float* batch, double factor, double momentum, Tensor running)
    {
        float* to = Vector(running);
        for (int c = 0; c < running.Shape.C; c++)
        {
            to[c] += (float)(momentum * ((batch[c] * factor) - to[c]));
        }
    }
}
