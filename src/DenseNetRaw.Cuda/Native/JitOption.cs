namespace DenseNetRaw.Cuda.Native;

/// <summary>Options for loading a module (CUjit_option).</summary>
internal enum JitOption
{
    InfoLogBuffer = 3,
    InfoLogBufferBytes = 4,
    ErrorLogBuffer = 5,
    ErrorLogBufferBytes = 6,
}
