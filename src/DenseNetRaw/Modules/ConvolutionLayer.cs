using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Modules;

/// <summary>
/// A convolution with its weights [K, C, R, R], He-initialised, and if asked for a bias, at first 0.
/// </summary>
/// <param name="name">Prefix of its key in the state dictionary.</param>
/// <param name="inputChannels">C.</param>
/// <param name="outputChannels">K.</param>
/// <param name="kernelSize">R.</param>
/// <param name="stride">Pixels from one window to the next.</param>
/// <param name="hasBias">Whether a bias is added.</param>
public sealed class ConvolutionLayer(
    string name, int inputChannels, int outputChannels, int kernelSize, int stride = 1, bool hasBias = false) : Module
{
    /// <summary>The weights [K, C, R, R].</summary>
    public Parameter Weight { get; } = new(
        $"{name}.weight", WeightShape(inputChannels, outputChannels, kernelSize),
        InitialDistribution.He(WeightShape(inputChannels, outputChannels, kernelSize)), rank: 4);

    /// <summary>The bias [1, K, 1, 1], or null.</summary>
    public Parameter? Bias { get; } = hasBias
        ? new Parameter($"{name}.bias", Shape.Vector(outputChannels), new InitialDistribution(0), rank: 1)
        : null;

    /// <summary>Pixels from one window to the next.</summary>
    public int Stride => stride;

    /// <summary>Zeros on each side: half of the kernel, so that stride 1 keeps the extents.</summary>
    public int Padding => kernelSize / 2;

    /// <inheritdoc/>
    protected override IEnumerable<Parameter> OwnParameters => Bias is null ? [Weight] : [Weight, Bias];

    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x) => Forward(tape, x, null);

    /// <summary>A variable for the layer's output.</summary>
    public Variable NewOutput(Tape tape, Variable x, StorageRole role)
    {
        Window window = new(kernelSize, kernelSize, stride, Padding);
        return tape.NewVariable(name, window.Over(x.Shape, outputChannels), role);
    }

    /// <summary>Records the convolution, into <paramref name="y"/> if it is given.</summary>
    public Variable Forward(Tape tape, Variable x, Variable? y) => Biased(
        tape, Convolution.Record(tape, x, Weight, stride, Padding, Bias is null ? y : null), y);

    /// <summary>
    /// Records the convolution of relu(norm(x)), which is not kept, into <paramref name="y"/> if it is given.
    /// </summary>
    public Variable Forward(Tape tape, Variable x, BatchNormalisation norm, Variable? y) => Biased(
        tape, NormReluConvolution.Record(tape, x, norm, Weight, stride, Padding, Bias is null ? y : null), y);

    /// <summary>
    /// With the bias, if there is one. The sum alone is read in the backward pass; what it was added to is read only
    /// where the sum is computed again, and then is computed again as well.
    /// </summary>
    private Variable Biased(Tape tape, Variable convolved, Variable? y) => Bias is null
        ? convolved
        : Operations.Bias.Record(tape, tape.KeepOrRecompute(KeptValues.Bottlenecks, convolved), Bias, y);

    private static Shape WeightShape(int inputs, int outputs, int kernelSize) =>
        new(outputs, inputs, kernelSize, kernelSize);
}
