using System.Runtime.CompilerServices;
using DenseNetRaw.Cuda.Kernels;
using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>
/// A device that was opened: its queue, libraries and kernels, and the small buffers that are the backend's own.
/// </summary>
internal sealed class CudaMachine : IDisposable
{
    private static readonly int StepBytes = Unsafe.SizeOf<DeviceStep>();

    private readonly DeviceMemory? _own;
    private readonly UploadRing _uploads;
    private DeviceMemory? _staging;
    private PinnedMemory? _landing;
    private BatchStaging? _batches;

    private CudaMachine(CudaContext context, CublasMath math)
    {
        Context = context;
        Stream = CudaStream.Create(context);
        Cublas = CublasHandle.Create(context, Stream);
        Cublas.SetMath(math);
        Cudnn = CudnnHandle.Create(context, Stream);
        Kernels = new KernelLibrary(context, KernelCompiler.Default());
        Multiprocessors = context.Device.MultiprocessorCount;
        _uploads = new UploadRing(context, Stream);
        long counters = LaunchShape.MostTiles * sizeof(uint);
        try
        {
            _own = DeviceMemory.Allocate(context, counters + StepBytes);
        }
        catch (OutOfMemoryException)
        {
            Dispose();
            throw;
        }

        Stream.Fill(0, _own.Address, _own.Bytes);
        (Counters, Step) = (_own.Address, _own.Address + (ulong)counters);
    }

    /// <summary>The device's primary context.</summary>
    public CudaContext Context { get; }

    /// <summary>The queue that everything goes to.</summary>
    public CudaStream Stream { get; }

    /// <summary>Matrix products.</summary>
    public CublasHandle Cublas { get; }

    /// <summary>Convolutions.</summary>
    public CudnnHandle Cudnn { get; }

    /// <summary>The kernels.</summary>
    public KernelLibrary Kernels { get; }

    /// <summary>How many multiprocessors there are; benchmarks pretend that there are more or fewer.</summary>
    public int Multiprocessors { get; set; }

    /// <summary>One a row of blocks, 0 between launches.</summary>
    public ulong Counters { get; }

    /// <summary>Where kernels read seed, step number and learning rate.</summary>
    public ulong Step { get; }

    /// <summary>Where batches of bytes arrive.</summary>
    public BatchStaging Batches => _batches ??= new BatchStaging(this);

    /// <summary>Opens a device.</summary>
    /// <exception cref="NotSupportedException">CUDA cannot be used here; says what is missing.</exception>
    /// <exception cref="ArgumentException">There is no such device.</exception>
    public static CudaMachine Open(int ordinal, CublasMath math)
    {
        CudaInstallation cuda = CudaInstallation.Find();
        if (cuda.WhyNotUsable is { } why)
        {
            throw new NotSupportedException($"--device cuda cannot be used: {why}; use --device cpu");
        }

        return ordinal < cuda.Devices.Count
            ? new CudaMachine(CudaContext.Retain(cuda.Devices[ordinal]), math)
            : throw new ArgumentException(
                $"there is no cuda:{ordinal}: this machine has {cuda.Devices.Count} "
                + (cuda.Devices.Count == 1 ? "GPU" : "GPUs"));
    }

    /// <summary>Copies bytes, which may change at once, to the device in the stream's order.</summary>
    public void Send(ReadOnlySpan<byte> bytes, nint target) => _uploads.Send(bytes, (ulong)target);

    /// <inheritdoc cref="Send(ReadOnlySpan{byte}, nint)"/>
    public void Send(ReadOnlySpan<byte> bytes, ulong target) => _uploads.Send(bytes, target);

    /// <summary>Memory of the device for values on their way; what comes next in the stream may use it again.</summary>
    public ulong Staging(long bytes)
    {
        if (_staging is null || _staging.Bytes < bytes)
        {
            _staging?.Dispose();
            _staging = null; // it is gone even if there is no room for the next
            _staging = DeviceMemory.Allocate(Context, bytes);
        }

        return _staging.Address;
    }

    /// <summary>Waits for everything before it, and copies to the host.</summary>
    public void Receive(ulong source, Span<byte> bytes)
    {
        if (_landing is null || _landing.Bytes < bytes.Length)
        {
            _landing?.Dispose();
            _landing = null;
            _landing = PinnedMemory.Allocate(Context, bytes.Length);
        }

        Stream.CopyToHost(source, _landing.Pointer, bytes.Length);
        Stream.Synchronize();
        _landing.AsSpan<byte>()[..bytes.Length].CopyTo(bytes);
    }

    /// <summary>Launches a kernel.</summary>
    public void Launch(CudaFunction kernel, LaunchShape shape, params ReadOnlySpan<KernelArgument> arguments) =>
        kernel.Launch(Stream, shape.Grid, shape.Block, 0, arguments);

    /// <summary>Waits for what is under way, then gives everything back, the last made first.</summary>
    public void Dispose()
    {
        Context.WaitQuietly();
        _batches?.Dispose();
        _landing?.Dispose();
        _staging?.Dispose();
        _own?.Dispose();
        _uploads.Dispose();
        Kernels.Dispose();
        Cudnn.Dispose();
        Cublas.Dispose();
        Stream.Dispose();
        Context.Dispose();
    }
}
