namespace DenseNetRaw.Autograd;

/// <summary>
/// What a storage is for. The backend turns shape and role into bytes, and a plan sums its bytes by role.
/// </summary>
public enum StorageRole
{
    /// <summary>What is uploaded before a step: images, already normalised.</summary>
    Input,

    /// <summary>Class indices [N, 1, 1, 1].</summary>
    Labels,

    /// <summary>Feature maps: what convolutions and pooling give the network.</summary>
    Feature,

    /// <summary>All channels before a layer as one contiguous copy.</summary>
    Concatenation,

    /// <summary>Outputs of convolutions that a norm alone reads: of the 1×1 ones before the 3×3 ones.</summary>
    Bottleneck,

    /// <summary>Outputs of norm-relu that are variables of their own.</summary>
    Normalised,

    /// <summary>Gradients of activations.</summary>
    FeatureGradient,

    /// <summary>Means, variances, their gradients, and single numbers such as the loss.</summary>
    ChannelVector,

    /// <summary>Normalised copies that live for a call or two, and their gradients.</summary>
    Scratch,

    /// <summary>What a kernel wants beyond arguments: packing panels, partial sums, a library's workspace.</summary>
    Workspace,

    /// <summary>Weights, gamma and beta. Lies outside the arena, as do the roles below.</summary>
    Parameter,

    /// <summary>Gradients of parameters, summed until the optimiser clears them.</summary>
    ParameterGradient,

    /// <summary>The optimiser's momentum.</summary>
    Momentum,

    /// <summary>Running means and variances, which evaluation reads.</summary>
    RunningStatistics,

    /// <summary>Batches as bytes, where a device takes them: one being played, one on its way.</summary>
    Batch,
}
