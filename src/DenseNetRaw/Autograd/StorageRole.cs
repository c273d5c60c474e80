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

    /// <summary>Activations [N, C, H, W].</summary>
    Feature,

    /// <summary>Gradients of activations.</summary>
    FeatureGradient,

    /// <summary>Means, variances, their gradients, and single numbers such as the loss.</summary>
    ChannelVector,

    /// <summary>What lives for a call or two: normalised copies, packing panels, partial sums.</summary>
    Scratch,

    /// <summary>Weights, gamma and beta. Lies outside the arena, as do the roles below.</summary>
    Parameter,

    /// <summary>Gradients of parameters, summed until the optimiser clears them.</summary>
    ParameterGradient,

    /// <summary>The optimiser's momentum.</summary>
    Momentum,

    /// <summary>Running means and variances, which evaluation reads.</summary>
    RunningStatistics,
}
