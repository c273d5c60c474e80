using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

namespace DenseNetRaw.Data;

/// <summary>
/// Makes batches on a thread of its own, a few ahead of the one in use, in a ring of buffers: a batch allocates
/// nothing. The batches do not depend on timing. For one consumer.
/// </summary>
/// <example>
/// <code>
/// using BatchLoader loader = new(dataset, new BatchOptions { BatchSize = 64, Shuffle = true });
/// loader.StartEpoch(0);
/// while (loader.TryNext(out Batch? batch))
///     Step(batch);
/// </code>
/// </example>
public sealed class BatchLoader : IDisposable
{
    private readonly BatchAssembler _assembler;
    private readonly Action<int>? _beforeBatch;
    private readonly Batch[] _ring;
    private readonly Thread _thread;

    // The thread takes a place from _free and gives a batch to _filled; the consumer goes the other way round.
    private readonly SemaphoreSlim _free = new(0);
    private readonly SemaphoreSlim _filled = new(0);
    private readonly SemaphoreSlim _epochAsked = new(0);
    private readonly SemaphoreSlim _epochLeft = new(0);

    private volatile bool _abandoned;
    private volatile bool _disposed;
    private volatile ExceptionDispatchInfo? _failure;
    private bool _epochUnderWay;
    private bool _batchInUse;
    private int _first, _taken;

    /// <summary>Starts the thread, which waits for <see cref="StartEpoch"/>.</summary>
    /// <exception cref="ArgumentException">The batch is empty or larger than the data set.</exception>
    public BatchLoader(ImageDataset dataset, BatchOptions options)
        : this(dataset, options, beforeBatch: null)
    {
    }

    /// <summary>With something that the thread does before each batch, given its number: tests set its pace.</summary>
    internal BatchLoader(ImageDataset dataset, BatchOptions options, Action<int>? beforeBatch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PrefetchedBatches, 1);
        _assembler = new BatchAssembler(dataset, options);
        _beforeBatch = beforeBatch;
        _ring = new Batch[options.PrefetchedBatches + 1];
        for (int i = 0; i < _ring.Length; i++)
            _ring[i] = _assembler.NewBatch();
        _taken = BatchesPerEpoch;
        _thread = new Thread(Run) { IsBackground = true, Name = "Batch loader" };
        _thread.Start();
    }

    /// <summary>The batches of an epoch, the last and perhaps smaller one included.</summary>
    public int BatchesPerEpoch => _assembler.BatchesPerEpoch;

    /// <summary>Begins an epoch; what is left of the one before is abandoned.</summary>
    /// <param name="epoch">Its number: order and augmentation follow from it and the seed.</param>
    /// <param name="firstBatch">Batches at its beginning that are left out, as they were used before.</param>
    public void StartEpoch(int epoch, int firstBatch = 0)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)firstBatch, (uint)BatchesPerEpoch, nameof(firstBatch));
        LeaveEpoch();
        Drain(_free);
        Drain(_filled);
        _abandoned = false;
        _failure = null;
        _batchInUse = false;
        _first = _taken = firstBatch;
        _assembler.SetEpoch(epoch);
        _free.Release(_ring.Length);
        _epochUnderWay = true;
        _epochAsked.Release();
    }

    /// <summary>
    /// The next batch of the epoch, valid until the next call; false at the epoch's end. Waits while it is being made.
    /// </summary>
    public bool TryNext([NotNullWhen(true)] out Batch? batch)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_batchInUse)
            _free.Release();
        _batchInUse = false;
        batch = null;
        if (_taken == BatchesPerEpoch)
            return false;

        _filled.Wait();
        if (_failure is ExceptionDispatchInfo failure)
        {
            _filled.Release();
            failure.Throw();
        }

        batch = _ring[_taken++ % _ring.Length];
        _batchInUse = true;
        return true;
    }

    /// <summary>Stops the thread, wherever the epoch stands.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;

        LeaveEpoch();
        _disposed = true;
        _epochAsked.Release();
        _thread.Join();
        _free.Dispose();
        _filled.Dispose();
        _epochAsked.Dispose();
        _epochLeft.Dispose();
    }

    /// <summary>Makes the thread give up the epoch, if it has one, and waits until it has.</summary>
    private void LeaveEpoch()
    {
        if (!_epochUnderWay)
            return;

        _abandoned = true;
        _free.Release();
        _epochLeft.Wait();
        _epochUnderWay = false;
    }

    private static void Drain(SemaphoreSlim semaphore)
    {
        while (semaphore.Wait(0))
        {
        }
    }

    private void Run()
    {
        for (_epochAsked.Wait(); !_disposed; _epochAsked.Wait())
        {
            MakeEpoch();
            _epochLeft.Release();
        }
    }

    private void MakeEpoch()
    {
        try
        {
            for (int number = _first; number < BatchesPerEpoch; number++)
            {
                _free.Wait();
                if (_abandoned)
                    return;
                _beforeBatch?.Invoke(number);
                _assembler.Assemble(number, _ring[number % _ring.Length]);
                _filled.Release();
            }
        }
        catch (Exception exception)
        {
            // The consumer throws it: an exception that leaves a thread would end the process.
            _failure = ExceptionDispatchInfo.Capture(exception);
            _filled.Release();
        }
    }
}
