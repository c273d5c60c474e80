using DenseNetRaw.Backends;
using DenseNetRaw.Cuda;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>Times operations one by one, on operands that come from memory and not from a cache.</summary>
/// <param name="backend">Where they run.</param>
/// <param name="launches">Launches that are timed.</param>
/// <param name="progress">Where a sentence says what could not be timed.</param>
internal sealed class OperationBench(Backend backend, int launches, TextWriter progress)
{
    /// <summary>More than caches hold, and the 50 MiB of an H100's second level several times.</summary>
    private const double RotatedBytes = 256 << 20;

    private const int MostSets = 64;

    /// <summary>
    /// Alone, a launch of a GPU would be timed with what the host does for it; so many in a row hide that.
    /// </summary>
    private const int LaunchesOfAGpuInARow = 10;

    /// <summary>
    /// The operation as asked for, what the GPU's library has in its place, and its variants if they are wanted.
    /// </summary>
    public IEnumerable<OperationBenchResult> Measure(TimedOperation operation, OperationExtents extents, bool sweeps)
    {
        OperationVariant asked = OperationVariant.Default(extents);
        yield return Measure(operation, asked);
        if (backend is CudaBackend && MeasurePeer(operation, extents) is { } peer)
            yield return peer;
        if (!sweeps)
            yield break;
        bool isSliced, canStore;
        using (OperationOperands operands = new(backend, extents.Reduced(), stores: false))
        {
            operation.Prepare(operands);
            (isSliced, canStore) = (operands.IsSliced, operands.CanStore);
        }

        foreach (OperationVariant variant in
            OperationVariant.Sweep(extents, isSliced, canStore, hasBlocks: backend is CudaBackend))
        {
            yield return Measure(operation, variant);
        }
    }

    private OperationBenchResult? MeasurePeer(TimedOperation operation, OperationExtents extents)
    {
        foreach (TimedOperation peer in operation.Peers)
        {
            try
            {
                OperationVariant variant = new(peer.Name, extents);
                return Measure(peer, variant) with { Operation = operation.Name };
            }
            catch (Exception refusal)
                when (refusal is CudaException or EntryPointNotFoundException or NotSupportedException)
            {
                progress.WriteLine($"{operation.Name}, {peer.Name}: not timed; {refusal.Message}");
            }
        }

        return null;
    }

    private OperationBenchResult Measure(TimedOperation operation, OperationVariant variant)
    {
        if (backend is CudaBackend cuda)
            cuda.BlockShare = variant.BlockShare;
        double error = OperationCheck.MaxError(operation, backend, variant);
        (double milliseconds, double bytes, double flops) = Time(operation, variant);
        BenchDevice device = BenchDevice.Of(backend);
        OperationExtents extents = variant.Extents;
        return new OperationBenchResult(
            operation.Name, variant.Name, JsonOutput.Extents(extents.Storage), [extents.First, extents.Count],
            device.Name, device.Threads, device.Precision, milliseconds, bytes / milliseconds / 1e6,
            flops > 0 ? flops / milliseconds / 1e6 : null, ShareOfLimit: null, error,
            error <= OperationCheck.Tolerance(device.Precision), operation.IsOneCall(backend, extents.X), launches);
    }

    private (double Milliseconds, double Bytes, double Flops) Time(TimedOperation operation, OperationVariant variant)
    {
        List<OperationOperands> sets = [];
        try
        {
            List<Action> calls = [];
            double bytes = 0;
            while (calls.Count < Math.Min(launches, MostSets) && calls.Count * bytes < RotatedBytes)
            {
                sets.Add(new OperationOperands(backend, variant.Extents, variant.Stores, sets.FirstOrDefault()));
                calls.Add(operation.Prepare(sets[^1]));
                bytes = sets[^1].Bytes;
            }

            return (Quartiles.Of(Play(calls)).Median, bytes, sets[0].Flops);
        }
        finally
        {
            sets.ForEach(set => set.Dispose());
        }
    }

    /// <summary>Milliseconds of launches, each of the next set of operands, after one of each.</summary>
    private List<double> Play(List<Action> calls)
    {
        calls.ForEach(call => call());
        int inRow = backend is CudaBackend ? Math.Min(LaunchesOfAGpuInARow, launches) : 1, next = 0;
        List<double> milliseconds = [];
        for (int launch = 0; launch < launches; launch += inRow)
        {
            milliseconds.Add(backend.MillisecondsOf(() =>
            {
                for (int i = 0; i < inRow; i++)
                    calls[next++ % calls.Count]();
            }) / inRow);
        }

        return milliseconds;
    }
}
