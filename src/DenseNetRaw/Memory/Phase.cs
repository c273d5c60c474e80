namespace DenseNetRaw.Memory;

/// <summary>Which part of the step a call belongs to.</summary>
public enum Phase
{
    /// <summary>Outputs from inputs.</summary>
    Forward,

    /// <summary>A dropped output computed again.</summary>
    Replay,

    /// <summary>Gradients of inputs from gradients of outputs.</summary>
    Backward,
}
