using System.Reflection;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cuda;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;
using DenseNetRaw.RandomNumbers;
using DenseNetRaw.Tests.Backends;
using DenseNetRaw.Tests.Cuda;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Operations;

public sealed class SurvivalGatesTests
{
    private const int Blocks = 54; // of ResNet-110

    private static readonly Func<Backend>[] Backends =
    [
        () => new ReferenceBackend(), () => new CpuBackend(threads: 3), () => TestBackend.New(CudaPrecision.Fp32),
        () => TestBackend.New(CudaPrecision.Bf16),
    ];

    [TestCaseSource(nameof(Backends))]
    public void DrawGates_OnAnyBackend_OpensWhatPhiloxDraws(Func<Backend> newBackend)
    {
        using Backend backend = newBackend();
        using TensorMemory memory = new(backend);
        Storage storage = new("gates", Shape.Vector(Blocks), StorageRole.ChannelVector);
        using DeviceMemory block = backend.Allocate(backend.BytesOf(storage.Shape, storage.Role));
        storage.Address = block.Address;
        Tensor gates = Tensor.Of(storage);
        foreach (double last in new[] { 0.5, 0.8, 1 })
        {
            for (uint number = 1; number <= 20; number++)
            {
                backend.Step = new StepState(0xFEDC_BA98_7654_3210UL, number, 0.1);
                backend.DrawGates(last, gates);
                Assert.That(memory.Read(gates), Is.EqualTo(Draw(backend.Step, last)), $"step {number}");
            }
        }
    }

    [Test]
    public void IsOpen_OverManySteps_HasItsProbability()
    {
        const int Steps = 4000;
        foreach (int l in new[] { 0, 17, 36, Blocks - 1 })
        {
            double p = 1 - ((l + 1) / (double)Blocks * 0.5);
            int open = Enumerable.Range(1, Steps).Count(
                number => SurvivalGates.IsOpen(new StepState(3, (uint)number, 0), l, Blocks, 0.5));

            // Binomial; the bound is five deviations.
            double deviation = Math.Sqrt(p * (1 - p) / Steps);
            Assert.That(open / (double)Steps, Is.EqualTo(p).Within(5 * deviation), $"block {l}");
        }
    }

    [Test]
    public void IsOpen_InManyStepsOfTwoSeeds_DrawsNoGatesTwice()
    {
        HashSet<string> drawn = [];
        for (uint number = 1; number <= 200; number++)
        {
            foreach (ulong seed in new ulong[] { 1, 2 })
            {
                double[] gates = Draw(new StepState(seed, number, 0), 0.5);
                Assert.That(drawn.Add(string.Concat(gates)), $"seed {seed}, step {number}");
            }
        }
    }

    [Test]
    public void Stream_OfGates_IsNoDropoutLayersAndNoOtherUses()
    {
        uint[] streams =
        [
            .. typeof(RandomStreams).GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(field => (uint)field.GetRawConstantValue()!),
        ];
        Assert.That(streams, Is.Unique.And.Contains(SurvivalGates.Stream));
        Assert.That(SurvivalGates.Stream, Is.GreaterThan((uint)int.MaxValue), "dropout layers count from 0");
    }

    [Test]
    public void Forward_InEvaluation_GivesTheProbabilities()
    {
        using ReferenceBackend backend = new();
        using TensorMemory memory = new(backend);
        Tape tape = new(MemoryStrategy.Naive, isTraining: false);
        Variable gates = SurvivalGates.Record(tape, count: 4, last: 0.5);
        using DeviceMemory block = backend.Allocate(backend.BytesOf(gates.Shape, StorageRole.ChannelVector));
        gates.Value.Storage.Address = block.Address;
        tape.Nodes[0].Forward(backend);
        Assert.That(memory.Read(gates.Value), Is.EqualTo(new[] { 0.875, 0.75, 0.625, 0.5 }));
    }

    /// <summary>Huang et al. 2016, equation 4, from l + 1 = 1 to L.</summary>
    private static double[] Draw(StepState step, double last) =>
    [
        .. Enumerable.Range(0, Blocks).Select(l =>
        {
            (uint word, _, _, _) = Philox.Draw(step.Seed, (ulong)l, SurvivalGates.Stream, step.Number);
            return Philox.ToUnit(word) < 1 - ((l + 1.0) / Blocks * (1 - last)) ? 1.0 : 0.0;
        }),
    ];
}
