using System.Runtime.InteropServices;

namespace DenseNetRaw.Cuda.Native;

/// <summary>A way to take a product, proposed by cuBLASLt (cublasLtMatmulHeuristicResult_t, 96 bytes).</summary>
[StructLayout(LayoutKind.Sequential, Size = 96)]
internal readonly struct MatmulHeuristic
{
    /// <summary>The way.</summary>
    public readonly MatmulAlgorithm Algorithm;

    /// <summary>Bytes of memory that it needs.</summary>
    public readonly nuint WorkspaceBytes;

    /// <summary>Whether it works at all.</summary>
    public readonly CublasStatus Status;

    /// <summary>How often the product fills the device.</summary>
    public readonly float Waves;
}
