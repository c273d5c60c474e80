namespace DenseNetRaw.Cuda.Native;

/// <summary>
/// Results of the driver (CUresult) that the code tells apart; any other goes into a message as it is.
/// </summary>
internal enum CuResult
{
    Success = 0,
    OutOfMemory = 2,
    StubLibrary = 34,
    CallRequiresNewerDriver = 36,
    NoDevice = 100,
    InvalidDevice = 101,
    NotReady = 600,
    SystemNotReady = 802,
    SystemDriverMismatch = 803,
    CompatNotSupportedOnDevice = 804,
    Unknown = 999,
}
