namespace DenseNetRaw.Cuda.Execution;

/// <summary>What the elements of a slice are; kernels are named after them.</summary>
internal enum ElementType : byte
{
    /// <summary>The kernel has no further slice.</summary>
    None,

    /// <summary>32-bit floating point.</summary>
    F32,

    /// <summary>bfloat16.</summary>
    Bf16,

    /// <summary>64-bit floating point: uploads and downloads alone.</summary>
    F64,
}
