namespace DenseNetRaw.Cuda.Kernels;

/// <summary>Where a compiled kernel comes from.</summary>
internal enum KernelOrigin
{
    /// <summary>It was compiled just now.</summary>
    Compiled,

    /// <summary>It was compiled by an earlier run.</summary>
    Cache,

    /// <summary>It was compiled when the assembly was built.</summary>
    Embedded,
}
