using System.Runtime.InteropServices;

namespace DenseNetRaw.Cuda.Native;

/// <summary>
/// Something that lives in a context and keeps it alive, so that neither the order of finalizers nor the thread that
/// they run on matters.
/// </summary>
internal abstract class CudaResource : SafeHandle
{
    private readonly CudaContext _context;

    /// <summary>Takes over what a library made while <paramref name="context"/> was current.</summary>
    protected CudaResource(CudaContext context, nint value)
        : base(0, ownsHandle: true)
    {
        bool isAdded = false;
        context.DangerousAddRef(ref isAdded);
        _context = context;
        SetHandle(value);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Gives the thing back to its library; the context is current.</summary>
    protected abstract bool Free(nint value);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        bool isFree = DriverApi.cuCtxSetCurrent(_context.DangerousGetHandle()) == CuResult.Success && Free(handle);
        _context.DangerousRelease();
        return isFree;
    }
}
