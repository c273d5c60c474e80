using DenseNetRaw.Cuda.Libraries;

namespace DenseNetRaw.Cuda.Native;

/// <summary>A mark in a stream.</summary>
internal sealed class CudaEvent : CudaResource
{
    private const uint WithTiming = 0;
    private const uint WithoutTiming = 2;

    private CudaEvent(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>A new mark.</summary>
    /// <param name="context">Where it lives.</param>
    /// <param name="isTimed">Whether it notes the time; one that only orders streams is cheaper.</param>
    public static CudaEvent Create(CudaContext context, bool isTimed = false)
    {
        uint flags = isTimed ? WithTiming : WithoutTiming;
        CudaException.ThrowIfFailed(DriverApi.cuEventCreate(out nint value, flags));
        return new CudaEvent(context, value);
    }

    /// <summary>Puts the mark behind the work that the stream has.</summary>
    public void Record(CudaStream stream) => CudaException.ThrowIfFailed(DriverApi.cuEventRecord(this, stream));

    /// <summary>Waits until the stream has reached the mark.</summary>
    public void Synchronize() => CudaException.ThrowIfFailed(DriverApi.cuEventSynchronize(this));

    /// <summary>Whether the stream has reached the mark.</summary>
    public bool IsReached()
    {
        CuResult result = DriverApi.cuEventQuery(this);
        if (result == CuResult.NotReady)
        {
            return false;
        }

        CudaException.ThrowIfFailed(result, call: nameof(DriverApi.cuEventQuery));
        return true;
    }

    /// <summary>Milliseconds of the device between two timed marks that have been reached.</summary>
    public float MillisecondsSince(CudaEvent start)
    {
        // CUDA 13's headers know the second name only, drivers before 12.8 the first only.
        if (CudaLibraries.Has(CudaLibrary.Driver, nameof(DriverApi.cuEventElapsedTime)))
        {
            CudaException.ThrowIfFailed(DriverApi.cuEventElapsedTime(out float elapsed, start, this));
            return elapsed;
        }

        CudaException.ThrowIfFailed(DriverApi.cuEventElapsedTime_v2(out float milliseconds, start, this));
        return milliseconds;
    }

    /// <inheritdoc/>
    protected override bool Free(nint value) => DriverApi.cuEventDestroy_v2(value) == CuResult.Success;
}
