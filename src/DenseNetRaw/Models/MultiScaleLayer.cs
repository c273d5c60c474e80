using DenseNetRaw.Autograd;
using DenseNetRaw.Modules;

namespace DenseNetRaw.Models;

/// <summary>
/// One layer of an MSDNet: each scale but the finest takes half of its new channels from the scale before, with stride
/// 2, and half from its own. Huang et al. 2018, arXiv:1703.09844, section 4 and figure 3.
/// </summary>
/// <param name="FirstScale">The finest scale that it writes.</param>
/// <param name="Scales">What each scale's new channels come from; the finest may have none from the one before.</param>
internal sealed record MultiScaleLayer(
    int FirstScale, IReadOnlyList<(ConvolutionNormReluChain? Down, ConvolutionNormReluChain Normal)> Scales)
{
    /// <summary>Adds the layer's channels to the features of each scale.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="features">Those of all scales.</param>
    /// <param name="growth">The channels that a scale gains.</param>
    public void Record(Tape tape, IReadOnlyList<GrowingFeatures> features, Func<int, int> growth)
    {
        // All are read before any grows.
        int first = Math.Max(0, FirstScale - 1);
        Variable[] inputs = [.. features.Skip(first).Select(scale => scale.Read())];
        for (int i = 0; i < Scales.Count; i++)
        {
            int scale = FirstScale + i;
            (ConvolutionNormReluChain? down, ConvolutionNormReluChain normal) = Scales[i];
            int channels = down is null ? growth(scale) : growth(scale) / 2;
            down?.Forward(tape, inputs[scale - first - 1], features[scale].Add(channels));
            normal.Forward(tape, inputs[scale - first], features[scale].Add(channels));
        }
    }
}
