using DenseNetRaw.Autograd;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Modules;

/// <summary>A convolution with its weights [K, C, R, R] and no bias, He-initialised.</summary>
/// <param name="name">Prefix of its key in the state dictionary.</param>
/// <param name="inputChannels">C.</param>
/// <param name="outputChannels">K.</param>
/// <param name="kernelSize">R.</param>
/// <param name="stride">Pixels from one window to the next.</param>
public sealed class ConvolutionLayer(
    string name, int inputChannels, int outputChannels, int kernelSize, int stride = 1) : Module
{
    /// <summary>The weights [K, C, R, R].</summary>
    public Parameter Weight { get; } = new(
        $"{name}.weight", WeightShape(inputChannels, outputChannels, kernelSize),
        InitialDistribution.He(WeightShape(inputChannels, outputChannels, kernelSize)), rank: 4);

    /// <summary>Pixels from one window to the next.</summary>
    public int Stride => stride;

    /// <summary>Zeros on each side: half of the kernel, so that stride 1 keeps the extents.</summary>
    public int Padding => kernelSize / 2;

    /// <inheritdoc/>
    protected override IEnumerable<Parameter> OwnParameters => [Weight];

    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x) => Forward(tape, x, null);

    /// <summary>A variable for the layer's output.</summary>
    public Variable NewOutput(Tape tape, Variable x, StorageRole role)
    {
        Window window = new(kernelSize, kernelSize, stride, Padding);
        return tape.NewVariable(name, window.Over(x.Shape, outputChannels), role);
    }

    /// <summary>Records the convolution, into <paramref name="y"/> if it is given.</summary>
    public Variable Forward(Tape tape, Variable x, Variable? y) =>
        Convolution.Record(tape, x, Weight, stride, Padding, y);

    private static Shape WeightShape(int inputs, int outputs, int kernelSize) =>
        new(outputs, inputs, kernelSize, kernelSize);
}
