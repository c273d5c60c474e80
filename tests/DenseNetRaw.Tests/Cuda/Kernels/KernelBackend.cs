using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Tests.Cuda.Kernels;

/// <summary>
/// The backend's operations as bare launches of the kernels, one after the other, with no library and no plan: what
/// kernels are tested through.
/// </summary>
/// <param name="emulation">The driver that runs them.</param>
/// <param name="halves">The roles whose elements are bf16; those of all others are fp32.</param>
internal sealed unsafe partial class KernelBackend(Emulation emulation, params StorageRole[] halves) : Backend
{
    private readonly Dictionary<string, nint> _functions = [];
    private readonly DriverMemory _partials = new(emulation, 1 << 20, 0xff);
    private readonly DriverMemory _counters = new(emulation, 1 << 12, 0);
    private readonly DriverMemory _step = new(emulation, 24, 0xff);

    public override string Name => $"kernels with bf16 for [{string.Join(", ", halves)}]";

    public override long AvailableBytes => long.MaxValue;

    /// <summary>The stream that every launch and copy goes to.</summary>
    public nint Stream { get; set; }

    /// <summary>Bytes of an element of this role.</summary>
    public int ElementBytes(StorageRole role) => halves.Contains(role) ? 2 : 4;

    /// <summary>Elements from one pixel to the next: the channels, rounded up to 16 bytes.</summary>
    public int Pitch(Storage storage)
    {
        if (storage.IsPersistent || storage.Role is StorageRole.Labels or StorageRole.Workspace)
        {
            return storage.Shape.C;
        }

        int multiple = 16 / ElementBytes(storage.Role);
        return (storage.Shape.C + multiple - 1) / multiple * multiple;
    }

    public override long BytesOf(Shape shape, StorageRole role) =>
        (long)shape.N * shape.Plane * Pitch(new Storage("", shape, role)) * ElementBytes(role);

    public override DeviceMemory Allocate(long bytes) => new DriverMemory(emulation, bytes, 0xff);

    public override void Upload(ReadOnlySpan<float> values, Tensor x) => UploadPlain(values, "f32", x);

    public override void Upload(ReadOnlySpan<double> values, Tensor x) => UploadPlain(values, "f64", x);

    public override void Upload(ReadOnlySpan<int> values, Tensor labels)
    {
        fixed (int* from = values)
        {
            emulation.Check("cuMemcpyHtoD_v2", labels.Storage.Address, (nint)from, values.Length * sizeof(int));
        }
    }

    public override void Download(Tensor x, Span<float> values) => DownloadPlain(values, "f32", x);

    public override void Download(Tensor x, Span<double> values) => DownloadPlain(values, "f64", x);

    /// <summary>Launches a kernel for a whole device: any grid and block.</summary>
    public void Launch(string kernel, (int X, int Y) grid, (int X, int Y) block, params byte[][] arguments)
    {
        const int Most = 64;
        byte* memory = stackalloc byte[arguments.Length * Most];
        nint* pointers = stackalloc nint[arguments.Length];
        for (int i = 0; i < arguments.Length; i++)
        {
            pointers[i] = (nint)(memory + (i * Most));
            arguments[i].CopyTo(new Span<byte>((void*)pointers[i], Most));
        }

        emulation.Check(
            "cuLaunchKernel", Function(kernel), grid.X, grid.Y, 1, block.X, block.Y, 1, 0, Stream, (nint)pointers, 0);
    }

    /// <summary>The bytes of a kernel's argument.</summary>
    public static byte[] Bytes<T>(T argument)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in argument)).ToArray();

    protected override void Dispose(bool disposing)
    {
        _partials.Dispose();
        _counters.Dispose();
        _step.Dispose();
        base.Dispose(disposing);
    }

    private string TypeOf(Tensor x) => ElementBytes(x.Storage.Role) == 2 ? "bf16" : "f32";

    private byte[] Slice(Tensor x) => [
        .. Bytes(x.Storage.Address + (x.FirstChannel * ElementBytes(x.Storage.Role))),
        .. Bytes((long)Pitch(x.Storage))];

    private static byte[] Vector(Tensor x) => Bytes(x.Storage.Address + (x.FirstChannel * sizeof(float)));

    private static byte[] Vectors(Normalisation norm) => [
        .. Vector(norm.Mean), .. Vector(norm.Variance), .. Vector(norm.Gamma), .. Vector(norm.Beta)];

    private static byte[] ExtentOf(Tensor x) =>
        [.. Bytes((long)x.Shape.N * x.Shape.Plane), .. Bytes((long)x.Shape.C)];

    private byte[] Partials() => [.. Bytes(_partials.Address), .. Bytes(_counters.Address)];

    private byte[] StepOnDevice()
    {
        byte[] state = [
            .. Bytes(Step.Seed), .. Bytes(Step.Number), .. Bytes(Step.Number), .. Bytes((float)Step.LearningRate),
            .. Bytes(0)];
        fixed (byte* from = state)
        {
            emulation.Check("cuMemcpyHtoD_v2", _step.Address, (nint)from, state.Length);
        }

        return Bytes(_step.Address);
    }

    /// <summary>Launches a kernel that divides the pixels and channels of <paramref name="x"/>.</summary>
    private void LaunchOver(Tensor x, string kernel, params byte[][] arguments)
    {
        int groups = (x.Shape.C + 3) / 4, across = 1;
        while (across < groups && across < 32)
        {
            across *= 2;
        }

        int along = 64 / across, pixels = x.Shape.N * x.Shape.Plane;
        int blocks = Math.Clamp(pixels / (2 * along), 1, 7), tiles = Math.Clamp(groups / across, 1, 3);
        Launch(kernel, (blocks, tiles), (across, along), arguments);
    }

    private nint Function(string kernel)
    {
        if (!_functions.TryGetValue(kernel, out nint function))
        {
            function = emulation.Kernel(kernel);
            _functions.Add(kernel, function);
        }

        return function;
    }

    private void UploadPlain<T>(ReadOnlySpan<T> values, string type, Tensor x)
        where T : unmanaged
    {
        using DriverMemory plain = new(emulation, values.Length * Unsafe.SizeOf<T>(), 0xff);
        fixed (T* from = values)
        {
            emulation.Check("cuMemcpyHtoD_v2", plain.Address, (nint)from, (nint)plain.Bytes);
        }

        LaunchOver(
            x, $"unpack_{type}_{TypeOf(x)}", Bytes(plain.Address), Bytes(x.Shape.Plane), ExtentOf(x), Slice(x));
    }

    private void DownloadPlain<T>(Span<T> values, string type, Tensor x)
        where T : unmanaged
    {
        using DriverMemory plain = new(emulation, values.Length * Unsafe.SizeOf<T>(), 0xff);
        LaunchOver(
            x, $"pack_{TypeOf(x)}_{type}", Slice(x), Bytes(x.Shape.Plane), ExtentOf(x), Bytes(plain.Address));
        fixed (T* to = values)
        {
            emulation.Check("cuMemcpyDtoH_v2", (nint)to, plain.Address, (nint)plain.Bytes);
        }
    }
}
