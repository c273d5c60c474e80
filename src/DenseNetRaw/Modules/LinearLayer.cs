using DenseNetRaw.Autograd;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Modules;

/// <summary>y = W · x + b on [N, C, 1, 1]: a 1×1 convolution and a bias. Torch's initial weights, bias 0.</summary>
/// <param name="name">Prefix of its keys in the state dictionary.</param>
/// <param name="inputs">C.</param>
/// <param name="outputs">K.</param>
public sealed class LinearLayer(string name, int inputs, int outputs) : Module
{
    /// <summary>The weights [K, C, 1, 1]; [K, C] in the state dictionary.</summary>
    public Parameter Weight { get; } = new(
        $"{name}.weight", new Shape(outputs, inputs, 1, 1), InitialDistribution.Linear(inputs), rank: 2);

    /// <summary>The bias [1, K, 1, 1].</summary>
    public Parameter Bias { get; } = new($"{name}.bias", Shape.Vector(outputs), new InitialDistribution(0), rank: 1);

    /// <inheritdoc/>
    protected override IEnumerable<Parameter> OwnParameters => [Weight, Bias];

    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x) =>
        Operations.Bias.Record(tape, Convolution.Record(tape, x, Weight), Bias);
}
