using DenseNetRaw.Autograd;

namespace DenseNetRaw.Modules;

/// <summary>
/// A classifier of an MSDNet, from the features of the coarsest scale to logits: two units of 3×3 convolution with
/// stride 2, norm and ReLU, the mean of each plane, and a linear layer. Huang et al. 2018, arXiv:1703.09844, section 5.
/// The authors' images are of sizes that leave planes of 2×2.
/// </summary>
public sealed class ExitClassifier : Module
{
    private readonly ConvolutionNormReluChain _units;
    private readonly LinearLayer _linear;

    /// <summary>A classifier of the given extents.</summary>
    /// <param name="name">Prefix of its keys in the state dictionary.</param>
    /// <param name="inputChannels">Channels that it reads.</param>
    /// <param name="channels">Channels that both convolutions give.</param>
    /// <param name="classes">Number of classes.</param>
    public ExitClassifier(string name, int inputChannels, int channels, int classes)
    {
        (ConvolutionLayer, NormLayer) Unit(int ordinal, int inputs) =>
            (new ConvolutionLayer($"{name}.m.{ordinal}.net.0", inputs, channels, kernelSize: 3, stride: 2),
                new NormLayer($"{name}.m.{ordinal}.net.1", channels));
        _units = Add(new ConvolutionNormReluChain(Unit(0, inputChannels), Unit(1, channels)));
        _linear = Add(new LinearLayer($"{name}.linear", channels, classes));
    }

    /// <inheritdoc/>
    public override Variable Forward(Tape tape, Variable x) => _linear.Forward(tape, _units.ForwardPooled(tape, x));
}
