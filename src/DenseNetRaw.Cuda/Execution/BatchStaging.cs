using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DenseNetRaw.Autograd;
using DenseNetRaw.Cuda.Native;
using DenseNetRaw.Data;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>
/// Two slots in which batches arrive on the device in turn, on a stream of their own, while the step on the other slot
/// is played; and the pinned memory where the device leaves what came of them.
/// </summary>
internal sealed class BatchStaging : IDisposable
{
    /// <summary>How many steps may be under way.</summary>
    public const int Slots = 2;

    /// <summary>What comes of a step: loss, correct images, squares of the gradients.</summary>
    private const int Results = 3;

    private readonly CudaMachine _machine;
    private readonly CudaStream _uploads;
    private readonly DeviceMemory _staging;
    private readonly PinnedMemory _results;
    private readonly Slot[] _slots;
    private long _steps;
    private int _turn;
    private bool _isPublished;

    /// <summary>Allocates all but the slots, which grow with the batches that arrive.</summary>
    public BatchStaging(CudaMachine machine)
    {
        _machine = machine;
        _staging = DeviceMemory.Allocate(machine.Context, Unsafe.SizeOf<DeviceStaging>());
        try
        {
            _results = PinnedMemory.Allocate(machine.Context, Slots * Results * sizeof(float));
        }
        catch (OutOfMemoryException)
        {
            _staging.Dispose();
            throw;
        }

        _uploads = CudaStream.Create(machine.Context);
        _slots = [.. Enumerable.Range(0, Slots).Select(_ => new Slot(machine.Context))];
    }

    /// <summary>Where kernels find the slots.</summary>
    public ulong Address => _staging.Address;

    /// <summary>Bytes of both slots for batches of images [N, 3, H, W].</summary>
    public static long BytesFor(Shape images) => Slots * BytesOf(images.N, images.Count / images.N);

    /// <summary>Sends a batch to the next slot; what comes next in the machine's stream waits for it.</summary>
    /// <returns>The number of the step on it.</returns>
    public long Send(Batch batch, DeviceStep step)
    {
        Slot slot = _slots[1 - _turn];
        if (slot.Step is not null)
        {
            throw new InvalidOperationException($"{Slots} steps are under way, as many as there may be");
        }

        long bytes = BytesOf(batch.Count, batch.Raw!.ImageBytes);
        if (!_isPublished)
        {
            slot.Played.Record(_machine.Stream);
        }

        slot.Played.Synchronize();
        if (slot.Grow(bytes) || !_isPublished)
        {
            Publish();
        }

        Write(batch, batch.Raw, step, slot.Host.AsSpan<byte>());
        _uploads.CopyToDevice(slot.Host.Pointer, slot.Device.Address, bytes);
        slot.Sent.Record(_uploads);
        _machine.Stream.WaitFor(slot.Sent);
        _turn = 1 - _turn;
        slot.Step = ++_steps;
        return _steps;
    }

    /// <summary>The step on the batch that was last sent has been given to the machine's stream.</summary>
    public void NotePlayed() => _slots[_turn].Played.Record(_machine.Stream);

    /// <summary>The step on the batch that was last sent could not be given to the stream, or only in part.</summary>
    /// <remarks>
    /// Host and device may not agree whose turn it is, so the next batch tells. Not now: if it is the device that has
    /// failed, a call to it would only hide how.
    /// </remarks>
    public void NoteFailed()
    {
        _slots[_turn].Step = null;
        _isPublished = false;
    }

    /// <summary>Waits for a step; what it left.</summary>
    public (double Loss, int Correct, double Squares) Finish(long step)
    {
        int at = SlotOf(step);
        _slots[at].Played.Synchronize();
        _slots[at].Step = null;
        ReadOnlySpan<float> result = _results.AsSpan<float>().Slice(Results * at, Results);
        return (result[0], (int)result[1], result[2]);
    }

    /// <summary>Gives up a step.</summary>
    public void Abandon(long step)
    {
        foreach (Slot slot in _slots)
        {
            slot.Step = slot.Step == step ? null : slot.Step;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Slot slot in _slots)
        {
            slot.Dispose();
        }

        _results.Dispose();
        _staging.Dispose();
        _uploads.Dispose();
    }

    private int SlotOf(long step)
    {
        for (int slot = 0; slot < Slots; slot++)
        {
            if (_slots[slot].Step == step)
            {
                return slot;
            }
        }

        throw new InvalidOperationException($"step {step} is not under way");
    }

    private static long BytesOf(int images, long imageBytes) =>
        Unsafe.SizeOf<BatchHeader>() + (images * ((2 * sizeof(int)) + imageBytes));

    private static void Write(Batch batch, RawImages raw, DeviceStep step, Span<byte> to)
    {
        BatchHeader header = new(step, raw.Seed, RawImages.RandomStream, raw.Epoch, raw.IsAugmented ? 1 : 0);
        raw.Table.CopyTo(header.Table);
        MemoryMarshal.Write(to, in header);
        to = to[Unsafe.SizeOf<BatchHeader>()..];
        ReadOnlySpan<byte> labels = MemoryMarshal.AsBytes(batch.Labels.AsSpan(0, batch.Count));
        ReadOnlySpan<byte> indices = MemoryMarshal.AsBytes(raw.Indices.AsSpan(0, batch.Count));
        labels.CopyTo(to);
        indices.CopyTo(to[labels.Length..]);
        raw.Bytes.AsSpan(0, batch.Count * raw.ImageBytes).CopyTo(to[(labels.Length + indices.Length)..]);
    }

    /// <summary>Tells the device where the slots are; in the machine's stream, so after the steps before.</summary>
    private void Publish()
    {
        DeviceStaging staging = new(
            _slots[0].Address, _slots[1].Address, (ulong)_results.Pointer, (uint)_turn);
        _machine.Send(MemoryMarshal.AsBytes(new ReadOnlySpan<DeviceStaging>(in staging)), _staging.Address);
        _isPublished = true;
    }

    /// <summary>One of the two.</summary>
    private sealed class Slot(CudaContext context) : IDisposable
    {
        private PinnedMemory? _host;
        private DeviceMemory? _device;

        /// <summary>Where the host writes the batch.</summary>
        public PinnedMemory Host => _host!;

        /// <summary>Where it arrives.</summary>
        public DeviceMemory Device => _device!;

        /// <summary>Where it arrives; 0 before the first batch.</summary>
        public ulong Address => _device?.Address ?? 0;

        /// <summary>The step under way on it, if there is one.</summary>
        public long? Step { get; set; }

        /// <summary>The batch has arrived.</summary>
        public CudaEvent Sent { get; } = CudaEvent.Create(context);

        /// <summary>The step on it is done.</summary>
        public CudaEvent Played { get; } = CudaEvent.Create(context);

        /// <summary>Makes room; whether the slot has moved.</summary>
        public bool Grow(long bytes)
        {
            if (_device is not null && _device.Bytes >= bytes)
            {
                return false;
            }

            Free();
            _host = PinnedMemory.Allocate(context, bytes);
            _device = DeviceMemory.Allocate(context, bytes);
            return true;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            Free();
            Played.Dispose();
            Sent.Dispose();
        }

        private void Free()
        {
            _device?.Dispose();
            _host?.Dispose();
            (_device, _host) = (null, null);
        }
    }
}
