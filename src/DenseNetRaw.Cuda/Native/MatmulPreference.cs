namespace DenseNetRaw.Cuda.Native;

/// <summary>What the ways that cuBLASLt proposes may need.</summary>
internal sealed unsafe class MatmulPreference : CudaResource
{
    private const int MaximumWorkspaceBytes = 1;
    private const int AlignmentA = 5;
    private const int AlignmentD = 8;

    private MatmulPreference(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>A preference.</summary>
    /// <param name="context">Where it lives.</param>
    /// <param name="workspaceBytes">The most memory that a way may need.</param>
    /// <param name="alignment">
    /// The bytes of which all matrices' addresses are multiples. cuBLASLt takes 256 for granted, which slices of
    /// channels do not keep.
    /// </param>
    public static MatmulPreference Create(CudaContext context, long workspaceBytes, int alignment)
    {
        CudaException.ThrowIfFailed(CublasLtApi.cublasLtMatmulPreferenceCreate(out nint value));
        MatmulPreference preference = new(context, value);
        preference.Set(MaximumWorkspaceBytes, (ulong)workspaceBytes);
        for (int attribute = AlignmentA; attribute <= AlignmentD; attribute++)
        {
            preference.Set(attribute, (uint)alignment);
        }

        return preference;
    }

    /// <inheritdoc/>
    protected override bool Free(nint value) =>
        CublasLtApi.cublasLtMatmulPreferenceDestroy(value) == CublasStatus.Success;

    private void Set<T>(int attribute, T value)
        where T : unmanaged => CudaException.ThrowIfFailed(
        CublasLtApi.cublasLtMatmulPreferenceSetAttribute(this, attribute, &value, (nuint)sizeof(T)));
}
