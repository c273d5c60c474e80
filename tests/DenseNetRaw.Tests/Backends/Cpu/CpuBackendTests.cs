using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Backends.Cpu;

/// <summary>
/// Whole training steps: what they allocate, and that the number of threads does not show in the result.
/// </summary>
public sealed class CpuBackendTests
{
    private const int BatchSize = 9;
    private static readonly int[] ThreadCounts = [1, 1, 2, 3, 8];

    [Test]
    [NonParallelizable]
    public void Play_OfATrainingStep_AllocatesNothingOnAnyThread()
    {
        using CpuBackend backend = new(4);
        using Session session = NewSession(backend, MemoryStrategy.Slab);
        (float[] pixels, int[] labels) = NewBatch();
        Train(session, steps: 3);
        Assert.That(AllocatedBytes.Least(() => session.Train(pixels, labels, 0.1)), Is.Zero);
    }

    /// <remarks><c>./build.sh test</c> runs these tests again with each of the switches.</remarks>
    [Test]
    public void WidestLanes_WhereASwitchTurnsInstructionsOff_AreNarrower()
    {
        int most = IsOff("HWIntrinsic") ? 4 : IsOff("AVX512") ? 8 : 16;

        Assert.That(CpuBackend.WidestLanes, Is.AtMost(most));

        static bool IsOff(string instructions) =>
            Environment.GetEnvironmentVariable($"DOTNET_Enable{instructions}") == "0";
    }

    [TestCase(16)]
    [TestCase(8)]
    [TestCase(4)]
    public void Train_WithAnyNumberOfThreads_GivesTheSameBits(int lanes)
    {
        float[][] parameters = [.. ThreadCounts.Select(threads =>
        {
            using CpuBackend backend = new(threads, lanes);
            using Session session = NewSession(backend, MemoryStrategy.Slab);
            Train(session, steps: 3);
            return Parameters(session);
        })];
        Assert.That(parameters, Is.All.EqualTo(parameters[0]));
    }

    [Test]
    public void Train_WithBottlenecksComputedAgain_GivesTheSameBits()
    {
        using CpuBackend backend = new(3);
        using Session kept = NewSession(backend, MemoryStrategy.Slab);
        using Session replayed = NewSession(backend, MemoryStrategy.SlabMinimal);
        Train(kept, steps: 3);
        Train(replayed, steps: 3);
        Assert.That(Parameters(replayed), Is.EqualTo(Parameters(kept)));
    }

    private static Session NewSession(CpuBackend backend, MemoryStrategy memory) => new(
        new DenseNet(
            DenseNetConfiguration.Named("densenet-bc-16-6") with { InputHeight = 12, InputWidth = 20, DropRate = 0.1 }),
        backend, new SessionSettings { TrainingBatchSizes = [BatchSize], Memory = memory, Seed = 5 });

    private static (float[] Pixels, int[] Labels) NewBatch()
    {
        Random random = new(11);
        return (
            [.. Enumerable.Range(0, BatchSize * 3 * 12 * 20).Select(_ => (float)((random.NextDouble() * 2) - 1))],
            [.. Enumerable.Range(0, BatchSize).Select(_ => random.Next(10))]);
    }

    private static void Train(Session session, int steps)
    {
        (float[] pixels, int[] labels) = NewBatch();
        for (int step = 0; step < steps; step++)
        {
            session.Train(pixels, labels, 0.1);
        }
    }

    private static float[] Parameters(Session session) =>
    [
        .. session.Model.Parameters.SelectMany(parameter =>
        {
            float[] values = new float[parameter.Shape.Count];
            session.Backend.Download(parameter.Value, values);
            return values;
        }),
    ];
}
