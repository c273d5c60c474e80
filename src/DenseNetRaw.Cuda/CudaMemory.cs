namespace DenseNetRaw.Cuda;

/// <summary>A block of a GPU's memory.</summary>
/// <param name="memory">The allocation.</param>
/// <param name="bytes">How much of it was asked for.</param>
internal sealed class CudaMemory(Native.DeviceMemory memory, long bytes)
    : Backends.DeviceMemory((nint)memory.Address, bytes)
{
    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => memory.Dispose();
}
