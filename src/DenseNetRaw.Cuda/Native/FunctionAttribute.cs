namespace DenseNetRaw.Cuda.Native;

/// <summary>Properties of a kernel (CUfunction_attribute) that the code asks for or sets.</summary>
internal enum FunctionAttribute
{
    MaximumThreadsPerBlock = 0,
    StaticSharedBytes = 1,

    /// <summary>Bytes of local memory of a thread: registers that spilled, and arrays.</summary>
    LocalBytes = 3,
    Registers = 4,
    MaximumDynamicSharedBytes = 8,
}
