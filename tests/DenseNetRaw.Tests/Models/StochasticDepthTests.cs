using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Modules;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Models;

public sealed class StochasticDepthTests
{
    [Test]
    public void ClosedUnit_OfAnyRung_HasNoGradientsAndMovesNoStatistics()
    {
        ResNetConfiguration network = ResidualNetworks.Stochastic;
        bool[] survivors = ResidualNetworks.Survivors(network);
        Assert.That(survivors, Has.Some.True.And.Some.False, "another step is needed");
        using ReferenceBackend reference = new();
        using CpuBackend cpu = new(threads: 2);
        foreach (Backend backend in new Backend[] { reference, cpu })
        {
            foreach (MemoryStrategy memory in MemoryStrategy.Ladder)
            {
                Dictionary<string, double[]> step = NetworkStep.Play(network, memory, backend, isPoisoned: false);
                for (int l = 0; l < survivors.Length; l++)
                {
                    string unit = $"layer{(l / 2) + 1}.{l % 2}", what = $"{unit} with {memory.Name} on {backend.Name}";
                    bool survives = survivors[l];
                    Assert.That(step[$"d {unit}.conv1.weight"].All(value => value == 0), Is.EqualTo(!survives), what);
                    Assert.That(step[$"d {unit}.bn2.bias"].All(value => value == 0), Is.EqualTo(!survives), what);
                    Assert.That(step[$"{unit}.bn1.running_mean"].All(m => m == 0), Is.EqualTo(!survives), what);
                    Assert.That(step[$"{unit}.bn2.running_var"].All(v => v == 1), Is.EqualTo(!survives), what);
                }
            }
        }
    }

    [Test]
    public void BatchesTracked_OfAUnit_AreThoseThatItSurvived()
    {
        ResNetConfiguration network = ResidualNetworks.Stochastic;
        using ReferenceBackend backend = new();
        ResNet model = new(network);
        using Session session = new(model, backend, new SessionSettings { TrainingBatchSizes = [2], Seed = 3 });
        int[] survived = new int[6];
        for (uint step = 1; step <= 4; step++)
        {
            float[] pixels = [.. NetworkStep.RandomNumbers(model.InputShape(2).Count, step).Select(x => (float)x)];
            session.Train(pixels, [0, 1], learningRate: 0.01);
            for (int l = 0; l < survived.Length; l++)
            {
                survived[l] += DenseNetRaw.Operations.SurvivalGates.IsOpen(
                    new StepState(3, step, 0.01), l, survived.Length, network.SurvivalRate) ? 1 : 0;
            }
        }

        Assert.That(survived.Sum(), Is.LessThan(24));
        foreach (NormLayer norm in model.NormLayers)
        {
            int expected = norm.Name == "bn1"
                ? 4
                : survived[((norm.Name[5] - '1') * 2) + (norm.Name[7] - '0')];
            Assert.That(norm.BatchesTracked, Is.EqualTo(expected), norm.Name);
        }
    }
}
