using System.Runtime.CompilerServices;

namespace DenseNetRaw.Cuda.Native;

/// <summary>A way to take a product, known to cuBLASLt only (cublasLtMatmulAlgo_t, 64 bytes).</summary>
[InlineArray(Words)]
internal struct MatmulAlgorithm
{
    private const int Words = 8;

    private ulong _firstWord;
}
