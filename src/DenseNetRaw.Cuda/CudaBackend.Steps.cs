using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda.Execution;
using DenseNetRaw.Data;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Cuda;

/// <content>
/// Steps ahead of the host: one upload and one graph each. The device makes its input of the bytes, and writes what
/// came of it to memory of the host, which looks there when the step after is under way.
/// </content>
public sealed partial class CudaBackend : IStepQueue
{
    private const int ThreadsThatCopyLabels = 256;

    /// <inheritdoc/>
    public int Capacity => BatchStaging.Slots;

    /// <inheritdoc/>
    public long StagingBytes(Shape images) => BatchStaging.BytesFor(images);

    /// <inheritdoc/>
    public long Begin(Batch batch, MemoryPlan plan, StepEnds ends, Action<Backend>? then = null)
    {
        BatchStaging batches = Machine.Batches;
        long step = batches.Send(batch, DeviceStep);
        _isStepSent = true;
        try
        {
            Play(plan, ends, then);
            batches.NotePlayed();
            return step;
        }
        catch
        {
            batches.NoteFailed();
            _isStepSent = false;
            throw;
        }
    }

    /// <inheritdoc/>
    public (double Loss, int Correct, double Squares) Finish(long step) => Machine.Batches.Finish(step);

    /// <inheritdoc/>
    public void Abandon(long step) => _machine?.Batches.Abandon(step);

    /// <summary>Sends a batch and makes an input of it, for tests.</summary>
    internal void Take(Batch batch, Tensor images, Tensor labels)
    {
        BatchStaging batches = Machine.Batches;
        long step = batches.Send(batch, DeviceStep);
        TakeBatch(images, labels);
        batches.NotePlayed();
        batches.Abandon(step);
    }

    /// <summary>
    /// The call that makes an input of a batch, which lies in both slots, so that it can be made again and again, for
    /// benchmarks; no step ahead of the host may follow on this backend.
    /// </summary>
    internal Action Taking(Batch batch, Tensor images, Tensor labels)
    {
        BatchStaging batches = Machine.Batches;
        for (int slot = 0; slot < BatchStaging.Slots; slot++)
        {
            long step = batches.Send(batch, DeviceStep);
            batches.NotePlayed();
            batches.Abandon(step);
        }

        return () => TakeBatch(images, labels);
    }

    /// <summary>Images, cropped, flipped and normalised, and labels of the batch whose turn it is.</summary>
    private void TakeBatch(Tensor images, Tensor labels)
    {
        CudaMachine machine = Machine;
        ulong staging = machine.Batches.Address;
        machine.Launch(
            machine.Kernels.Find("batch", "take_batch"), new LaunchShape(new(1), new(ThreadsThatCopyLabels)), staging,
            images.Shape.N, machine.Step, (ulong)labels.Storage.Address);
        Operand to = _layout.Of(images);
        machine.Launch(
            machine.Kernels.Find("batch", "augment", to.Type),
            LaunchShape.OfRun(ExtentOf(images).Pixels, machine.Multiprocessors), staging, images.Shape.N,
            images.Shape.H, images.Shape.W, SliceOf(to));
    }

    private void Report(StepEnds ends)
    {
        CudaMachine machine = Machine;
        machine.Launch(
            machine.Kernels.Find("batch", "report_step"), new LaunchShape(new(1), new(1)), machine.Batches.Address,
            VectorOf(ends.Loss), VectorOf(ends.Correct), ends.Squares is { } squares ? VectorOf(squares) : 0UL);
    }
}
