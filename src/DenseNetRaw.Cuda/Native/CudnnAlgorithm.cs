using System.Runtime.InteropServices;

namespace DenseNetRaw.Cuda.Native;

/// <summary>
/// A way to compute a convolution, as cuDNN lists it (cudnnConvolutionFwdAlgoPerf_t and its two sisters, 48 bytes).
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
internal readonly struct CudnnAlgorithm
{
    /// <summary>Its number, which means something only together with the direction that was asked about.</summary>
    public readonly int Algorithm;

    /// <summary>Whether it works for the descriptors that were asked about.</summary>
    public readonly CudnnStatus Status;

    /// <summary>Milliseconds; -1 where it was not measured.</summary>
    public readonly float Milliseconds;

    /// <summary>Bytes of workspace that it needs.</summary>
    public readonly nuint WorkspaceBytes;

    /// <summary>Whether it gives the same bits every time.</summary>
    public readonly int Determinism;

    /// <summary>The shortcuts that it takes.</summary>
    public readonly CudnnMath Math;

    /// <summary>Whether it gives the same bits every time.</summary>
    public bool IsDeterministic => Determinism == 1;
}
