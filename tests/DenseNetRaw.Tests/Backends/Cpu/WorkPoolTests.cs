using DenseNetRaw.Backends.Cpu;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Backends.Cpu;

/// <summary>Every item runs once, failures reach the caller, and nothing hangs.</summary>
public sealed unsafe class WorkPoolTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(8)]
    public void Run_ManyTinyCalls_RunsEveryItemOnce(int threads)
    {
        using WorkPool pool = new(threads);
        int[] counts = new int[17];
        fixed (int* first = counts)
        {
            for (int call = 0; call < 5_000; call++)
            {
                pool.Run(&Count, first, 1 + (call % counts.Length));
            }
        }

        for (int item = 0; item < counts.Length; item++)
        {
            int expected = Enumerable.Range(0, 5_000).Count(call => call % counts.Length >= item);
            Assert.That(counts[item], Is.EqualTo(expected));
        }
    }

    [Test]
    public void Run_AfterAPause_WakesTheSleepers()
    {
        using WorkPool pool = new(4);
        int[] counts = new int[8];
        fixed (int* first = counts)
        {
            for (int call = 0; call < 20; call++)
            {
                Thread.Sleep(call % 3);
                pool.Run(&Count, first, counts.Length);
            }
        }

        Assert.That(counts, Is.All.EqualTo(20));
    }

    [TestCase(1)]
    [TestCase(4)]
    public void Run_OfAnItemThatFails_ThrowsItsExceptionAndGoesOn(int threads)
    {
        using WorkPool pool = new(threads);
        int count = 0;
        for (int call = 0; call < 100; call++)
        {
            Assert.That(
                () => pool.Run(&Fail, null, 5),
                Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("item 3"));
            pool.Run(&CountAll, &count, 5);
        }

        Assert.That(count, Is.EqualTo(500));
    }

    [Test]
    public void Run_FromSeveralThreads_RunsOneCallAfterTheOther()
    {
        using WorkPool pool = new(4);
        int[] counts = new int[6];
        fixed (int* first = counts)
        {
            nint address = (nint)first;
            Parallel.For(0, 8, _ =>
            {
                for (int call = 0; call < 200; call++)
                {
                    pool.Run(&Count, (void*)address, 6);
                }
            });
        }

        Assert.That(counts, Is.All.EqualTo(1600));
    }

    [Test]
    public void WorkPool_OfNoThreads_IsRefused() =>
        Assert.That(() => new WorkPool(0), Throws.TypeOf<ArgumentOutOfRangeException>());

    private static void Count(void* counts, int item, int worker) => Interlocked.Increment(ref ((int*)counts)[item]);

    private static void CountAll(void* count, int item, int worker) => Interlocked.Increment(ref *(int*)count);

    private static void Fail(void* work, int item, int worker)
    {
        if (item == 3)
        {
            throw new InvalidDataException("item 3");
        }
    }
}
