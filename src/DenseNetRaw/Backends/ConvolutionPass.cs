namespace DenseNetRaw.Backends;

/// <summary>Which of a convolution's backend calls is meant.</summary>
public enum ConvolutionPass
{
    /// <summary><see cref="Backend.Convolution"/>.</summary>
    Forward,

    /// <summary><see cref="Backend.ConvolutionBackwardData"/>.</summary>
    BackwardData,

    /// <summary><see cref="Backend.ConvolutionBackwardWeights"/>.</summary>
    BackwardWeights,

    /// <summary><see cref="Backend.NormReluConvolution"/>.</summary>
    NormReluForward,

    /// <summary><see cref="Backend.NormReluConvolutionBackward"/>.</summary>
    NormReluBackward,
}
