namespace DenseNetRaw.Backends;

/// <summary>
/// One block of a backend's memory, aligned to at least 64 bytes; the arena and the parameters are such blocks.
/// </summary>
/// <param name="address">Where it begins, in the backend's address space.</param>
/// <param name="bytes">Its size.</param>
public abstract class DeviceMemory(nint address, long bytes) : IDisposable
{
    /// <summary>Where it begins, in the backend's address space.</summary>
    public nint Address => address;

    /// <summary>Its size.</summary>
    public long Bytes => bytes;

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back, once.</summary>
    protected abstract void Dispose(bool disposing);
}
