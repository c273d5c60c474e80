using System.Runtime.InteropServices;

namespace DenseNetRaw.Cuda.Native;

/// <summary>The primary context of a device: the one that cuBLAS and cuDNN work in too.</summary>
internal sealed class CudaContext : SafeHandle
{
    private CudaContext(CudaDevice device, nint value)
        : base(0, ownsHandle: true)
    {
        Device = device;
        SetHandle(value);
    }

    /// <summary>The context's device.</summary>
    public CudaDevice Device { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Takes part in the device's primary context and makes it the calling thread's.</summary>
    public static CudaContext Retain(CudaDevice device)
    {
        CudaException.ThrowIfFailed(DriverApi.cuDevicePrimaryCtxRetain(out nint value, device.Number));
        CudaContext context = new(device, value);
        context.MakeCurrent();
        return context;
    }

    /// <summary>Makes this the calling thread's context; every thread that calls CUDA needs it.</summary>
    public void MakeCurrent() => CudaException.ThrowIfFailed(DriverApi.cuCtxSetCurrent(handle));

    /// <summary>Waits until the device has done all its work. Reports what went wrong in it.</summary>
    public void Synchronize()
    {
        MakeCurrent();
        CudaException.ThrowIfFailed(DriverApi.cuCtxSynchronize());
    }

    /// <summary>
    /// Waits likewise, where things are given back: what went wrong in the device was said by the call that met it.
    /// </summary>
    public void WaitQuietly()
    {
        _ = DriverApi.cuCtxSetCurrent(handle);
        _ = DriverApi.cuCtxSynchronize();
    }

    /// <summary>Bytes of the device's memory that nobody uses.</summary>
    public long FreeBytes()
    {
        MakeCurrent();
        CudaException.ThrowIfFailed(DriverApi.cuMemGetInfo_v2(out nuint free, out nuint _));
        return (long)free;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() =>
        DriverApi.cuDevicePrimaryCtxRelease_v2(Device.Number) == CuResult.Success;
}
