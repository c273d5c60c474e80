using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// float32 in order [N, C, H, W] on all cores, with the widest vectors that the processor has. Pixels lie in the lanes
/// wherever growth rates would waste some. Every result is the same, bit for bit, for any number of threads. May be
/// derived from to watch its memory (<see cref="Allocate"/>).
/// </summary>
public unsafe partial class CpuBackend : Backend
{
    private readonly WorkPool _pool;
    private readonly CpuCall _call;
    private readonly PreparedConvolutions? _prepared;

    /// <summary>A backend on all cores.</summary>
    public CpuBackend()
        : this(Environment.ProcessorCount)
    {
    }

    /// <summary>A backend on <paramref name="threads"/> threads, the caller among them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one thread.</exception>
    public CpuBackend(int threads)
        : this(threads, WidestLanes)
    {
    }

    /// <summary>
    /// A backend with vectors of 16, 8 or 4 elements; wider than the processor's are emulated, slowly.
    /// </summary>
    internal CpuBackend(int threads, int lanes)
    {
        _pool = new WorkPool(threads);
        _call = new CpuCall(lanes, threads);
    }

    /// <summary>A backend on the calling thread alone, whose forward convolutions were prepared.</summary>
    internal CpuBackend(int lanes, PreparedConvolutions prepared)
        : this(threads: 1, lanes) => _prepared = prepared;

    /// <summary>Elements of the widest vector that the processor computes with.</summary>
    public static int WidestLanes => Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;

    /// <inheritdoc/>
    public override string Name => "cpu";

    /// <summary>How many threads compute, the caller among them.</summary>
    public int Threads => _call.Threads;

    /// <summary>Elements of the vectors that are computed with.</summary>
    public int Lanes => _call.Lanes;

    /// <inheritdoc/>
    public override long AvailableBytes => HostMemory.AvailableBytes;

    /// <inheritdoc/>
    public override long BytesOf(Shape shape, StorageRole role) =>
        shape.Count * (role == StorageRole.Labels ? sizeof(int) : sizeof(float));

    /// <inheritdoc/>
    public override IImagewise? PlanImagewise(Func<Tape, Variable, IReadOnlyList<Variable>> forward, Shape x) =>
        x.N >= Threads ? new CpuImagewise(_pool, Lanes, forward, x) : null;

    /// <inheritdoc/>
    public override DeviceMemory Allocate(long bytes) => new HostMemory(bytes);

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<float> values, Tensor x)
    {
        int run = x.Shape.C * x.Shape.Plane;
        for (int n = 0; n < x.Shape.N; n++)
        {
            values.Slice(n * run, run).CopyTo(Image(x, n));
        }
    }

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<double> values, Tensor x)
    {
        int run = x.Shape.C * x.Shape.Plane;
        for (int n = 0; n < x.Shape.N; n++)
        {
            Span<float> to = Image(x, n);
            for (int i = 0; i < run; i++)
            {
                to[i] = (float)values[(n * run) + i];
            }
        }
    }

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<int> values, Tensor labels) => values.CopyTo(Labels(labels));

    /// <inheritdoc/>
    public override void Download(Tensor x, Span<float> values)
    {
        int run = x.Shape.C * x.Shape.Plane;
        for (int n = 0; n < x.Shape.N; n++)
        {
            Image(x, n).CopyTo(values[(n * run)..]);
        }
    }

    /// <inheritdoc/>
    public override void Download(Tensor x, Span<double> values)
    {
        int run = x.Shape.C * x.Shape.Plane;
        for (int n = 0; n < x.Shape.N; n++)
        {
            Span<float> from = Image(x, n);
            for (int i = 0; i < run; i++)
            {
                values[(n * run) + i] = from[i];
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pool.Dispose();
        }

        base.Dispose(disposing);
    }

    private static Span<float> Image(Tensor x, int n) => new(new Planes(x).Image(n), x.Shape.C * x.Shape.Plane);

    private static Span<int> Labels(Tensor labels) =>
        MemoryMarshal.CreateSpan(ref *(int*)labels.Storage.Address, labels.Shape.N);

    private static void RunItem<TWork, TLanes>(void* work, int item, int worker)
        where TWork : unmanaged, IWork
        where TLanes : unmanaged, ILanes<TLanes> => ((TWork*)work)->Run<TLanes>(item, worker);

    /// <summary>Runs all items of a work on all threads, compiled for the backend's vectors.</summary>
    private void Run<TWork>(TWork work, int items)
        where TWork : unmanaged, IWork
    {
        switch (_call.Lanes)
        {
            case 16: _pool.Run(&RunItem<TWork, Lanes512>, &work, items); break;
            case 8: _pool.Run(&RunItem<TWork, Lanes256>, &work, items); break;
            default: _pool.Run(&RunItem<TWork, Lanes128>, &work, items); break;
        }
    }
}
