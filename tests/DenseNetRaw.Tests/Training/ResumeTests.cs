using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cuda;
using DenseNetRaw.Memory;
using DenseNetRaw.Tests.Cuda;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

/// <summary>A run that is stopped and goes on is, bit for bit, the run that was never stopped.</summary>
public sealed class ResumeTests
{
    /// <summary>Within an epoch, at its end, and one step before and after it.</summary>
    private static readonly int[] Cuts = [1, 5, 9, 13, 18];

    /// <summary>The emulation is slow: the long form makes the five cuts on it, too.</summary>
    private static int[] CutsOnCuda => LongForm.IsAsked ? Cuts : [5];

    private static IEnumerable<string> Strategies => MemoryStrategy.Ladder.Append(MemoryStrategy.Auto)
        .Select(strategy => strategy.Name);

    [Test]
    public void Resume_AtFiveCuts_OnTheCpu_GivesTheSameBits(
        [ValueSource(nameof(Strategies))] string memory) =>
        AssertResumes(memory, () => new CpuBackend(threads: 4), Cuts);

    [Test]
    public void Resume_AtFiveCuts_OnAnyNumberOfThreads_GivesTheSameBits([Values(1, 3)] int threads) =>
        AssertResumes("slab", () => new CpuBackend(threads), Cuts);

    [Test]
    public void Resume_AtFiveCuts_OnCuda_GivesTheSameBits([ValueSource(nameof(Strategies))] string memory) =>
        AssertResumes(memory, () => TestBackend.New(CudaPrecision.Fp32, isDeterministic: true), CutsOnCuda);

    [Test]
    public void Resume_AtFiveCuts_OnCudaInBf16_GivesTheSameBits() =>
        AssertResumes("slab", () => TestBackend.New(CudaPrecision.Bf16, isDeterministic: true), CutsOnCuda);

    [Test]
    public void Resume_AtFiveCuts_OnTheReference_GivesTheSameBits() =>
        AssertResumes("slab", () => new ReferenceBackend(), Cuts);

    [Test]
    public void Run_TwiceOverFiftySteps_GivesTheSameBits()
    {
        using TemporaryFolder temporary = new();
        TrainingSettings settings = ResumedRun.Settings with { Epochs = 17, MaxSteps = 50 };
        using CpuBackend backend = new(threads: 4);
        ResumedRun.Run(temporary.File("first"), backend, settings);
        ResumedRun.Run(temporary.File("second"), backend, settings);
        ResumedRun.AssertSame(temporary.File("second"), temporary.File("first"));
    }

    [Test]
    public void Resume_OfARunThatMaxStepsEnded_GoesOnInItsEpoch()
    {
        using TemporaryFolder temporary = new();
        using ReferenceBackend backend = new();
        ResumedRun.Run(temporary.File("whole"), backend, ResumedRun.Settings);
        ResumedRun.Run(temporary.File("longer"), backend, ResumedRun.Settings with { MaxSteps = 7 });
        ResumedRun.Run(temporary.File("longer"), backend, ResumedRun.Settings, goesOn: true);
        ResumedRun.AssertSame(temporary.File("longer"), temporary.File("whole"));
    }

    [Test]
    public void Resume_OfARunThatIsOver_PlaysNoStepAndSaysTheSame()
    {
        using TemporaryFolder temporary = new();
        using ReferenceBackend backend = new();
        TrainingSummary first = ResumedRun.Run(temporary.File("run"), backend, ResumedRun.Settings);
        TrainingSummary again = ResumedRun.Run(temporary.File("run"), backend, ResumedRun.Settings, goesOn: true);
        Assert.That(again.Steps, Is.EqualTo(first.Steps));
        Assert.That(again.Best!.TestAccuracy, Is.EqualTo(first.Best!.TestAccuracy));
        Assert.That(File.ReadLines(temporary.File("run/metrics.csv")).Count(), Is.EqualTo(1 + 7));
    }

    [Test]
    public void Resume_WithOtherSettings_NamesTheFlag()
    {
        using TemporaryFolder temporary = new();
        using ReferenceBackend backend = new();
        ResumedRun.Run(temporary.File("run"), backend, ResumedRun.Settings, stopAfter: 2);
        void Fails(TrainingSettings settings, string flag, string expected, string found) => Assert.That(
            () => ResumedRun.Run(temporary.File("run"), backend, settings, goesOn: true),
            Throws.ArgumentException.With.Message.StartsWith($"--{flag}: expected {expected}")
                .And.Message.Contains(temporary.File("run")).And.Message.EndsWith($"found {found}"));
        Fails(ResumedRun.Settings with { Seed = 8 }, "seed", "7", "8");
        Fails(ResumedRun.Settings with { BatchSize = 4 }, "batch-size", "8", "4");
        Fails(
            ResumedRun.Settings with { Augmentation = DenseNetRaw.Data.Augmentation.None }, "augment", "standard",
            "none");
        Fails(ResumedRun.Settings with { Shuffle = false }, "no-shuffle", "False", "True");
    }

    [Test]
    public void Resume_AfterAKilledRun_CutsMetricsBackAndSetsLaterCheckpointsAside()
    {
        using TemporaryFolder temporary = new();
        using ReferenceBackend backend = new();
        TrainingSettings settings = ResumedRun.Settings with
        {
            Checkpoints = new CheckpointSettings { EverySteps = 4, KeepLast = 10 },
        };
        ResumedRun.Run(temporary.File("whole"), backend, settings);
        ResumedRun.Run(temporary.File("run"), backend, settings, stopAfter: 17);
        CheckpointFolder checkpoints = new(temporary.File("run"));
        File.AppendAllText(temporary.File("run/metrics.jsonl"), """{"kind":"step","st""");
        Directory.CreateDirectory(Path.Combine(checkpoints.FullName, "step-00000018.partial"));
        foreach (string later in checkpoints.Folders.TakeLast(2))
            File.Delete(Path.Combine(later, Checkpoint.ManifestFile));
        Directory.Delete(checkpoints.Folders[^1], recursive: true);
        List<string> damaged = [];
        Checkpoint newest = checkpoints.NewestWhole(damaged.Add)!;
        Assert.That(damaged, Has.Count.EqualTo(1).And.Some.Contains("manifest.json"));
        Assert.That(() => checkpoints.OpenNewest(), Throws.InstanceOf<InvalidDataException>()
            .With.Message.Contains("manifest.json").And.Message.EndsWith($"--resume {newest.FullName}"));
        Directory.Move(checkpoints.Folders[^1], temporary.File("away"));
        ResumedRun.Run(temporary.File("run"), backend, settings, goesOn: true);
        ResumedRun.AssertSame(temporary.File("run"), temporary.File("whole"));
        Assert.That(Directory.EnumerateDirectories(checkpoints.FullName, "*.partial"), Is.Empty);
    }

    /// <summary>A run that is stopped at each cut and goes on; in the long form also one for each cut alone.</summary>
    private static void AssertResumes(string memory, Func<Backend> newBackend, int[] cuts)
    {
        using TemporaryFolder temporary = new();
        TrainingSettings settings = ResumedRun.Settings with
        {
            Memory = MemoryStrategy.Named(memory),
            MaxSteps = cuts[^1] + 2,
        };
        Run("whole", null, goesOn: false);
        for (int i = 0; i <= cuts.Length; i++)
            Run("cut", i < cuts.Length ? cuts[i] : null, goesOn: i > 0);
        ResumedRun.AssertSame(temporary.File("cut"), temporary.File("whole"));
        foreach (int cut in cuts.Take(LongForm.Count(0, cuts.Length)))
        {
            Run($"cut {cut}", cut, goesOn: false);
            Run($"cut {cut}", null, goesOn: true);
            ResumedRun.AssertSame(temporary.File($"cut {cut}"), temporary.File("whole"));
        }

        void Run(string name, int? stopAfter, bool goesOn)
        {
            using Backend backend = newBackend();
            TrainingSummary summary = ResumedRun.Run(temporary.File(name), backend, settings, stopAfter, goesOn);
            Assert.That(summary.IsStopped, Is.EqualTo(stopAfter is not null));
        }
    }
}
