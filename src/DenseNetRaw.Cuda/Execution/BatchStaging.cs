using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    private readonly CudaMachine _machine;
    private readonly CudaStream _uploads;
    private readonly DeviceMemory _staging;
    private readonly PinnedMemory _results;
    private readonly Slot[] _slots;
    private int _turn, _underWay;

    /// <summary>Allocates all but the slots, which grow with the batches that arrive.</summary>
    public BatchStaging(CudaMachine machine)
    {
        _machine = machine;
        _uploads = CudaStream.Create(machine.Context);
        _staging = DeviceMemory.Allocate(machine.Context, Unsafe.SizeOf<DeviceStaging>());
        _results = PinnedMemory.Allocate(machine.Context, Slots * 2 * sizeof(float));
        _slots = [.. Enumerable.Range(0, Slots).Select(_ => new Slot(machine.Context))];
        Restart();
    }

    /// <summary>Where kernels find the slots.</summary>
    public ulong Address => _staging.Address;

    /// <summary>Sends a batch to the next slot; what comes next in the machine's stream waits for it.</summary>
    public void Send(Batch batch, DeviceStep step)
    {
        if (_underWay == Slots)
        {
            throw new InvalidOperationException($"{Slots} steps are under way, as many as there may be");
        }

        int next = 1 - _turn;
        Slot slot = _slots[next];
        slot.Played.Synchronize();
        long bytes = Unsafe.SizeOf<BatchHeader>() + (2L * sizeof(int) * batch.Count)
            + ((long)batch.Count * batch.Raw!.ImageBytes);
        if (slot.Grow(bytes))
        {
            Publish();
        }

        Write(batch, batch.Raw, step, slot.Host.AsSpan<byte>());
        _uploads.CopyToDevice(slot.Host.Pointer, slot.Device.Address, bytes);
        slot.Sent.Record(_uploads);
        _machine.Stream.WaitFor(slot.Sent);
        (_turn, _underWay) = (next, _underWay + 1);
    }

    /// <summary>The step on the batch that was last sent has been given to the machine's stream.</summary>
    public void NotePlayed() => _slots[_turn].Played.Record(_machine.Stream);

    /// <summary>Waits for the oldest step under way; what it left.</summary>
    public (double Loss, int Correct) Finish()
    {
        if (_underWay == 0)
        {
            throw new InvalidOperationException("no step is under way");
        }

        int oldest = _underWay == Slots ? 1 - _turn : _turn;
        _slots[oldest].Played.Synchronize();
        _underWay--;
        ReadOnlySpan<float> result = _results.AsSpan<float>().Slice(2 * oldest, 2);
        return (result[0], (int)result[1]);
    }

    /// <summary>Forgets all steps under way, as after a failure host and device may not agree whose turn it is.</summary>
    public void Restart()
    {
        (_turn, _underWay) = (0, 0);
        Publish();
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
