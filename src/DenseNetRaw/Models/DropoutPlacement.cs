namespace DenseNetRaw.Models;

/// <summary>Which convolutions dropout follows.</summary>
public enum DropoutPlacement
{
    /// <summary>Every convolution but the first, as in the paper.</summary>
    EveryConvolution,

    /// <summary>The 3×3 convolutions of the dense layers alone, as in torchvision.</summary>
    ThreeByThree,
}
