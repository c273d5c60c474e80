namespace DenseNetRaw.Memory;

/// <summary>
/// The kinds of values that the backward pass reads again and that can be computed again instead of being kept.
/// </summary>
[Flags]
public enum KeptValues
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>A dense layer's input as a contiguous copy of all channels before it: O(L²·k) channels.</summary>
    Concatenations = 1,

    /// <summary>Normalised copies of dense layers' inputs: O(L²·k) channels.</summary>
    NormalisedInputs = 2,

    /// <summary>Every other normalised copy: of bottleneck outputs, in transitions, in the stem.</summary>
    OtherNormalised = 4,

    /// <summary>
    /// Outputs of the 1×1 convolutions before the 3×3 ones, as the 3×3 ones' norms read them; where norms come after
    /// their convolutions, what each convolution gives its norm.
    /// </summary>
    Bottlenecks = 8,

    /// <summary>All of them.</summary>
    All = Concatenations | NormalisedInputs | OtherNormalised | Bottlenecks,
}
