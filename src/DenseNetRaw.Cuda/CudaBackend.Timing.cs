using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda.Execution;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda;

/// <content>Times of the device itself, and what it does at best.</content>
public sealed partial class CudaBackend
{
    // A pass this long is measured well; on the emulation already the smallest is.
    private const double EnoughMilliseconds = 5;
    private const int Passes = 10;

    private const long LeastCopy = 1 << 20, LargestCopy = 512 << 20;
    private const int LeastProduct = 64, LargestProduct = 8192;

    /// <summary>The GPU, opened.</summary>
    internal CudaDevice Device => Machine.Context.Device;

    /// <summary>Blocks of a launch, where it can have more or fewer, as a multiple of the usual number.</summary>
    internal double BlockShare
    {
        set => Machine.Multiprocessors = (int)Math.Max(1, Math.Round(value * Device.MultiprocessorCount));
    }

    /// <inheritdoc/>
    public override double MillisecondsOf(Action calls)
    {
        CudaMachine machine = Machine;
        using CudaEvent start = CudaEvent.Create(machine.Context, isTimed: true);
        using CudaEvent end = CudaEvent.Create(machine.Context, isTimed: true);
        start.Record(machine.Stream);
        calls();
        end.Record(machine.Stream);
        end.Synchronize();
        return end.MillisecondsSince(start);
    }

    /// <summary>
    /// cuBLAS's product of large square matrices in the backend's precision for the one limit, the driver's copy within
    /// the device for the other.
    /// </summary>
    /// <inheritdoc/>
    public override DeviceLimits MeasureLimits() => new(PeakGigaflops(), PeakGigabytes());

    /// <summary>cuDNN's batch normalisation of such features, to be timed beside ours.</summary>
    /// <exception cref="NotSupportedException">Features of so many channels do not lie as cuDNN wants them.</exception>
    internal CudnnNorm NewCudnnNorm(Shape x, bool hasRelu)
    {
        CudnnDataType type = _layout.Features == ElementType.Bf16 ? CudnnDataType.BFloat16 : CudnnDataType.Float32;
        return _layout.PitchOf(x, StorageRole.Scratch) == x.C
            ? new CudnnNorm(Machine.Context, Machine.Cudnn, type, (x.N, x.C, x.H, x.W), hasRelu)
            : throw new NotSupportedException(
                $"cuDNN wants pixels without gaps, and those of {x.C} channels have some between them");
    }

    private double PeakGigabytes()
    {
        CudaMachine machine = Machine;
        double gigabytes = 0, milliseconds = 0;
        for (long bytes = LeastCopy; bytes <= LargestCopy && milliseconds < EnoughMilliseconds; bytes *= 2)
        {
            if (4 * bytes > AvailableBytes)
                break;
            using Backends.DeviceMemory from = Allocate(bytes), to = Allocate(bytes);
            milliseconds = BestMilliseconds(
                () => machine.Stream.Copy((ulong)from.Address, (ulong)to.Address, bytes));
            gigabytes = Math.Max(gigabytes, 2e-6 * bytes / milliseconds);
        }

        return gigabytes;
    }

    private double PeakGigaflops()
    {
        using Backends.DeviceMemory workspace = Allocate(_settings.WorkspaceBytes);
        Machine.Cublas.SetWorkspace((ulong)workspace.Address, workspace.Bytes);
        double gigaflops = 0, milliseconds = 0;
        for (int n = LeastProduct; n <= LargestProduct && milliseconds < EnoughMilliseconds; n *= 2)
        {
            Tensor a = Tensor.Of(new Storage("a", new Shape(1, n, n, 1), StorageRole.Scratch));
            Tensor product = Tensor.Of(new Storage("product", a.Shape, StorageRole.Scratch));
            long bytes = BytesOf(a.Shape, StorageRole.Scratch);
            if (4 * bytes > AvailableBytes)
                break;
            using Backends.DeviceMemory forA = Allocate(bytes), forProduct = Allocate(bytes);
            (a.Storage.Address, product.Storage.Address) = (forA.Address, forProduct.Address);
            Upload(Noise(n * n), a);
            milliseconds = BestMilliseconds(() => Square(a, product));
            gigaflops = Math.Max(gigaflops, 2e-6 * n * n * n / milliseconds);
        }

        return gigaflops;
    }

    private void Square(Tensor a, Tensor product)
    {
        CudaMachine machine = Machine;
        int n = a.Shape.C;
        machine.Cublas.Multiply(
            (MatrixOf(_layout.Of(a)), CublasOperation.AsIs), (MatrixOf(_layout.Of(a)), CublasOperation.Transposed),
            (n, n, n), 1, 0, Compute, MatrixOf(_layout.Of(product)));
    }

    /// <summary>A product of zeros would draw less current, and so run at a higher clock, than any real one.</summary>
    private static float[] Noise(int count)
    {
        Random random = new(1);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
            values[i] = random.NextSingle() - 0.5f;
        return values;
    }

    /// <summary>The shortest of several passes, after one that loads what is needed.</summary>
    private double BestMilliseconds(Action pass)
    {
        double first = MillisecondsOf(pass);
        return first > 10 * EnoughMilliseconds
            ? first
            : Enumerable.Range(0, Passes).Min(_ => MillisecondsOf(pass));
    }
}
