using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// One consumer's normalisation of a feature map: the shared statistics, its own gamma, beta and running statistics.
/// </summary>
/// <param name="Name">The layer's name.</param>
/// <param name="Statistics">Of the batch in training, running ones in evaluation.</param>
/// <param name="Gamma">Scale [1, C, 1, 1].</param>
/// <param name="Beta">Shift [1, C, 1, 1].</param>
/// <param name="Epsilon">Added to the variance.</param>
/// <param name="Running">What the forward pass moves towards the batch's statistics; null in evaluation.</param>
/// <param name="Gate">A number that is 0 in the steps in which they do not move; null where they always do.</param>
public sealed record BatchNormalisation(
    string Name, Statistics Statistics, Variable Gamma, Variable Beta, double Epsilon = 1e-5,
    RunningStatistics? Running = null, Variable? Gate = null)
{
    /// <summary>What the normalised copy is called where it is a variable of its own.</summary>
    public string NormalisedName => $"norm-relu {Name}";

    /// <summary>Mean, variance, gamma and beta.</summary>
    public IReadOnlyList<Variable> Variables => [Statistics.Mean, Statistics.Variance, Gamma, Beta];

    /// <summary>The values that a backend normalises with.</summary>
    public Normalisation Values =>
        new(Statistics.Mean.Value, Statistics.Variance.Value, Gamma.Value, Beta.Value, Epsilon);

    /// <summary>The gradients that a backend adds to.</summary>
    public Normalisation Gradients =>
        new(Statistics.Mean.Gradient, Statistics.Variance.Gradient, Gamma.Gradient, Beta.Gradient, Epsilon);

    /// <summary>
    /// Moves the running statistics, if there are any, towards those of a batch of shape <paramref name="x"/>.
    /// </summary>
    internal void MoveRunning(Backend backend, Shape x)
    {
        if (Running is { } running)
        {
            backend.MoveRunningStatistics(
                Statistics.Mean.Value, Statistics.Variance.Value, (long)x.N * x.Plane, running.Momentum,
                Gate?.Value, running.Mean.Value, running.Variance.Value);
        }
    }
}
