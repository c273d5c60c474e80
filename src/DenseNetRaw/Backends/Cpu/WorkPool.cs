using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// Threads that share the items of one call. The caller takes items too, and waits for items, not for threads: a thread
/// that the system has put aside before it took an item delays nobody. Idle threads spin for a short time, since the
/// next call of a step follows within microseconds, and then sleep. A call allocates nothing.
/// </summary>
internal sealed unsafe class WorkPool : IDisposable
{
    private const int MicrosecondsOfSpinning = 100;
    private static readonly long TicksOfSpinning = Stopwatch.Frequency * MicrosecondsOfSpinning / 1_000_000;

    private readonly Lock _isRunning = new();
    private readonly object _gate = new();
    private readonly Thread[] _threads;

    // The call's number in the upper half and its items that nobody has taken in the lower: taking an item is one
    // compare-and-swap, which fails for a thread that still means an earlier call.
    private long _ticket;
    private int _unfinished;
    private int _sleepers;
    private int _items;
    private void* _work;
    private delegate*<void*, int, int, void> _body;
    private Exception? _failure;
    private volatile bool _isStopping;

    /// <summary>A pool of <paramref name="threads"/>, the caller among them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one thread.</exception>
    public WorkPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        _threads = new Thread[threads - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"cpu backend {worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>
    /// How many threads run items, the caller among them; they are numbered from 0, which is the caller.
    /// </summary>
    public int Threads { get; }

    /// <summary>
    /// Calls body(work, item, worker) for every item from 0 to <paramref name="items"/> − 1, and returns when all are
    /// done.
    /// </summary>
    /// <exception cref="Exception">The first failure of an item, as it was thrown.</exception>
    public void Run(delegate*<void*, int, int, void> body, void* work, int items)
    {
        if (Threads == 1 || items <= 1)
        {
            for (int item = 0; item < items; item++)
            {
                body(work, item, 0);
            }

            return;
        }

        lock (_isRunning)
        {
            _body = body;
            _work = work;
            _items = items;
            _failure = null;
            Volatile.Write(ref _unfinished, items);
            Interlocked.Exchange(ref _ticket, NextCall(_ticket) | (uint)items);
            WakeSleepers();
            TakeItems(0);
            Wait();
            if (_failure is { } failure)
            {
                ExceptionDispatchInfo.Throw(failure);
            }
        }
    }

    /// <summary>Stops the threads and waits for their end.</summary>
    public void Dispose()
    {
        _isStopping = true;
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private static long NextCall(long ticket) => (long)(((ulong)ticket & 0xFFFFFFFF_00000000UL) + 0x1_00000000UL);

    private static uint Untaken(long ticket) => (uint)ticket;

    private void Serve(int worker)
    {
        while (!_isStopping)
        {
            if (!SpinUntil(static pool => Untaken(Volatile.Read(ref pool._ticket)) > 0))
            {
                Sleep(static pool => Untaken(Volatile.Read(ref pool._ticket)) > 0);
            }

            TakeItems(worker);
        }
    }

    private void Wait()
    {
        if (!SpinUntil(static pool => Volatile.Read(ref pool._unfinished) == 0))
        {
            Sleep(static pool => Volatile.Read(ref pool._unfinished) == 0);
        }
    }

    private void TakeItems(int worker)
    {
        while (true)
        {
            long ticket = Volatile.Read(ref _ticket);
            if (Untaken(ticket) == 0)
            {
                return;
            }

            if (Interlocked.CompareExchange(ref _ticket, ticket - 1, ticket) != ticket)
            {
                continue;
            }

            // The call cannot end before this item has, so what describes it stands still.
            RunItem(_items - (int)Untaken(ticket), worker);
            if (Interlocked.Decrement(ref _unfinished) == 0)
            {
                WakeSleepers();
            }
        }
    }

    private void RunItem(int item, int worker)
    {
        try
        {
            _body(_work, item, worker);
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }
    }

    private bool SpinUntil(Func<WorkPool, bool> holds)
    {
        long end = Stopwatch.GetTimestamp() + TicksOfSpinning;
        do
        {
            for (int i = 0; i < 16; i++)
            {
                if (holds(this) || _isStopping)
                {
                    return true;
                }

                Thread.SpinWait(4);
            }
        }
        while (Stopwatch.GetTimestamp() < end);
        return false;
    }

    /// <remarks>
    /// A sleeper counts itself before it looks a last time, and a waker changes the state before it looks at the count
    /// (both with a full fence), so one of them sees the other.
    /// </remarks>
    private void Sleep(Func<WorkPool, bool> holds)
    {
        lock (_gate)
        {
            Interlocked.Increment(ref _sleepers);
            while (!holds(this) && !_isStopping)
            {
                Monitor.Wait(_gate);
            }

            Interlocked.Decrement(ref _sleepers);
        }
    }

    private void WakeSleepers()
    {
        if (Volatile.Read(ref _sleepers) > 0)
        {
            lock (_gate)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }
}
