using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Modules;

/// <summary>One consumer's batch normalisation and ReLU: gamma, beta and running statistics of its own.</summary>
/// <param name="name">Prefix of its keys in the state dictionary.</param>
/// <param name="channels">C.</param>
public sealed class NormLayer(string name, int channels) : Module
{
    /// <summary>Prefix of its keys in the state dictionary.</summary>
    public string Name => name;

    /// <summary>Scale [1, C, 1, 1], at first 1.</summary>
    public Parameter Gamma { get; } = new(
        $"{name}.weight", Shape.Vector(channels), new InitialDistribution(1), rank: 1);

    /// <summary>Shift [1, C, 1, 1], at first 0.</summary>
    public Parameter Beta { get; } = new($"{name}.bias", Shape.Vector(channels), new InitialDistribution(0), rank: 1);

    /// <summary>Running mean, at first 0, and unbiased variance, at first 1.</summary>
    public RunningStatistics Running { get; } = new(
        NewRunning($"{name}.running_mean", channels), NewRunning($"{name}.running_var", channels));

    /// <summary>Training steps that moved the running statistics.</summary>
    public long BatchesTracked { get; set; }

    /// <inheritdoc/>
    protected override IEnumerable<Parameter> OwnParameters => [Gamma, Beta];

    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x) => NormRelu.Record(tape, x, Normalisation(tape, x));

    /// <summary>Records the norm with no ReLU after it.</summary>
    public Variable ForwardLinear(Tape tape, Variable x) => Norm.Record(tape, x, Normalisation(tape, x));

    /// <summary>Records the average pooling of what <see cref="Forward"/> records.</summary>
    public Variable ForwardPooled(Tape tape, Variable x, Window window)
    {
        BatchNormalisation norm = Normalisation(tape, x);
        return tape.Memory.Keeps(KeptValues.OtherNormalised, norm.NormalisedName)
            ? AveragePool.Record(tape, NormRelu.Record(tape, x, norm), window)
            : NormReluAveragePool.Record(tape, x, norm, window);
    }

    /// <summary>
    /// How x is normalised: in training with the statistics that its consumers share, or its own if it shares none; in
    /// evaluation with the running ones.
    /// </summary>
    public BatchNormalisation Normalisation(Tape tape, Variable x)
    {
        Statistics statistics = tape.IsTraining
            ? x.Statistics ?? ChannelStatistics.Record(tape, x)
            : new Statistics(Running.Mean, Running.Variance);
        return new BatchNormalisation(
            name, statistics, Gamma, Beta, Running: tape.IsTraining ? Running : null, Gate: tape.Gate);
    }

    private static Variable NewRunning(string key, int channels) =>
        new(Tensor.Of(new Storage(key, Shape.Vector(channels), StorageRole.RunningStatistics)), null);
}
