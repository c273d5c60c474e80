namespace DenseNetRaw.Cuda.Native;

/// <summary>Whose forbidden calls spoil the capture of a graph (CUstreamCaptureMode).</summary>
internal enum CaptureMode
{
    /// <summary>Those of any thread.</summary>
    Global = 0,

    /// <summary>Those of the capturing thread.</summary>
    ThreadLocal = 1,

    /// <summary>Nobody's.</summary>
    Relaxed = 2,
}
