namespace DenseNetRaw.Cuda;

/// <summary>Which device a backend takes, and how it computes.</summary>
public sealed record CudaSettings
{
    /// <summary>Workspace of a library's call unless another is given: enough for cuDNN's faster algorithms.</summary>
    public const long DefaultWorkspaceBytes = 64L << 20;

    /// <summary>The device's place among those of this process: 0 of <c>cuda:0</c>.</summary>
    public int Ordinal { get; init; }

    /// <summary>In what features are stored and multiplied.</summary>
    public CudaPrecision Precision { get; init; }

    /// <summary>
    /// Bytes that one call of cuBLAS or cuDNN gets to work in. It is fixed, so that a plan made without a device is the
    /// plan that runs; algorithms that want more are not taken.
    /// </summary>
    public long WorkspaceBytes { get; init; } = DefaultWorkspaceBytes;

    /// <summary>Whether algorithms that give other bits from run to run are not taken.</summary>
    public bool IsDeterministic { get; init; }

    /// <summary>
    /// Whether 1×1 convolutions take norm-relu into their loads: own kernels by fused multiply-adds in every precision,
    /// in place of a normalised copy and cuBLAS. Off until a GPU has shown it faster.
    /// </summary>
    public bool FusesProducts { get; init; }

    /// <summary>Whether a step played again is captured as a graph, and launched as one from then on.</summary>
    public bool CapturesSteps { get; init; } = true;
}
