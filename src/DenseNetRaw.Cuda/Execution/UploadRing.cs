using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>
/// Pinned buffers in turn, through which bytes of the host go to the device while the host goes on. It waits only where
/// a buffer comes round again before the device has read it.
/// </summary>
/// <param name="context">Where they live.</param>
/// <param name="stream">The queue that copies.</param>
internal sealed class UploadRing(CudaContext context, CudaStream stream) : IDisposable
{
    private const int Count = 4;
    private const long LeastBytes = 4096;

    private readonly PinnedMemory?[] _buffers = new PinnedMemory?[Count];
    private readonly CudaEvent?[] _read = new CudaEvent?[Count];
    private int _next;

    /// <summary>Copies bytes, which may change at once, to the device in the stream's order.</summary>
    public void Send(ReadOnlySpan<byte> bytes, ulong target)
    {
        PinnedMemory buffer = Buffer(bytes.Length);
        bytes.CopyTo(buffer.AsSpan<byte>());
        stream.CopyToDevice(buffer.Pointer, target, bytes.Length);
        _read[_next]!.Record(stream);
        _next = (_next + 1) % Count;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i < Count; i++)
        {
            _read[i]?.Dispose();
            _buffers[i]?.Dispose();
        }
    }

    private PinnedMemory Buffer(long bytes)
    {
        _read[_next]?.Synchronize();
        _read[_next] ??= CudaEvent.Create(context);
        if (_buffers[_next] is { } buffer && buffer.Bytes >= bytes)
        {
            return buffer;
        }

        _buffers[_next]?.Dispose();
        _buffers[_next] = null; // it is gone even if there is no room for the next
        return _buffers[_next] = PinnedMemory.Allocate(context, Math.Max(bytes, LeastBytes));
    }
}
