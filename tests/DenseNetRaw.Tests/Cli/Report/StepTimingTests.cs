using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Cli.Report;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Report;

public sealed class StepTimingTests
{
    [Test]
    public void Measure_OfASession_LeavesTheWeightsAsTheyAre()
    {
        using Backend backend = new CpuBackend(2);
        using Session session = NewSession(backend);
        float[][] before = Weights(session);
        StepProfile profile = StepTiming.Measure(session);
        Assert.Multiple(() =>
        {
            Assert.That(Weights(session), Is.EqualTo(before));
            Assert.That(profile.Rounds, Is.InRange(1, 5));
            Assert.That(profile.Calls, Has.Count.EqualTo(session.StepFor(4, true).Plan.Calls.Count + 1));
            Assert.That(profile.ReplayShare, Is.Positive.And.LessThan(1));
            Assert.That(profile.ShareOfLimit(profile.Calls), Is.Positive);
        });
    }

    private static Session NewSession(Backend backend) => new(
        new DenseNet(DenseNetConfiguration.Named("densenet-bc-10-4")), backend,
        new SessionSettings { TrainingBatchSizes = [4, 2], Memory = MemoryStrategy.SlabMinimal });

    private static float[][] Weights(Session session) =>
    [
        .. session.Model.Parameters.Select(parameter =>
        {
            float[] values = new float[parameter.Shape.Count];
            session.Backend.Download(parameter.Value, values);
            return values;
        }),
    ];
}
