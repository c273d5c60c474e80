using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cuda;
using DenseNetRaw.Evaluation;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Backends;
using DenseNetRaw.Tests.Cuda;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Evaluation;

/// <summary>Real early exit: every image has the exit and the class that running all exits foretells.</summary>
public sealed class ExitPlayerTests
{
    private const int BatchSize = 11;
    private const int Classes = 10;
    private const int Values = 3 * ThreeExits.Side * ThreeExits.Side;

    private static IEnumerable<TestCaseData<Func<Backend>, string>> Backends()
    {
        yield return Case(() => new ReferenceBackend(), "slab");
        yield return Case(() => new CpuBackend(3), "slab");
        yield return Case(() => new CpuBackend(12), "naive");
        yield return Case(() => TestBackend.New(CudaPrecision.Fp32, isDeterministic: true), "slab");
        yield return Case(() => TestBackend.New(CudaPrecision.Bf16, isDeterministic: true), "shared-all");

        static TestCaseData<Func<Backend>, string> Case(Func<Backend> backend, string memory) => new(backend, memory);
    }

    [TestCaseSource(nameof(Backends))]
    public void Play_WithAnyThresholdsAndBatch_IsTheSimulation(Func<Backend> newBackend, string memory)
    {
        using Backend backend = newBackend();
        (ThreeExits model, ParameterStore parameters) = ThreeExits.On(backend);
        using ParameterStore placed = parameters;
        using ExitPlayer player = ExitPlayer.New(model, backend, MemoryStrategy.Named(memory), BatchSize);
        Assert.That((player.Exits, player.Classes, player.BatchSize), Is.EqualTo((3, Classes, BatchSize)));
        foreach (int images in new[] { BatchSize, 6, 1 })
        {
            float[] pixels = Pixels(images), logits = new float[3 * images * Classes];
            player.PlayAll(pixels, images, logits);
            Assert.That(logits, Has.All.Matches<float>(float.IsFinite));
            ExitAnswers answers = AnswersOf(logits, images);
            foreach (ExitThresholds thresholds in Thresholds(answers))
            {
                int[] exits = new int[images], said = new int[images];
                player.Play(pixels, thresholds, exits, said);
                int[] expected = [.. Enumerable.Range(0, images).Select(image => thresholds.ExitOf(answers, image))];
                Assert.That(exits, Is.EqualTo(expected));
                Assert.That(said, Is.EqualTo(expected.Select((exit, image) => answers.Answer(exit, image))));
            }
        }
    }

    [Test]
    public void PlayAll_OnTheCpu_GivesTheBitsOfASession()
    {
        using CpuBackend backend = new(3);
        (ThreeExits model, ParameterStore parameters) = ThreeExits.On(backend);
        using ParameterStore placed = parameters;
        RecordedStep step = RecordedStep.Record(model, backend, MemoryStrategy.Slab, BatchSize, isTraining: false);
        using DeviceMemory arena = backend.Allocate(step.Plan.PeakBytes);
        step.Plan.Bind(arena);
        backend.Upload(Pixels(BatchSize), step.Images.Value);
        backend.Upload(new int[BatchSize], step.Labels.Value);
        step.Plan.Play(backend);
        float[] last = new float[BatchSize * Classes], all = new float[3 * BatchSize * Classes];
        backend.Download(step.Logits.Value, last);
        using ExitPlayer player = ExitPlayer.New(model, backend, MemoryStrategy.Slab, BatchSize);
        player.PlayAll(Pixels(BatchSize), BatchSize, all);
        Assert.That(all[^last.Length..], Is.EqualTo(last));
    }

    [Test]
    [NonParallelizable]
    public void Play_AfterTheFirstTimes_AllocatesNothing([Values] bool isImagewise)
    {
        using Backend backend = isImagewise ? new CpuBackend(3) : new ReferenceBackend();
        (ThreeExits model, ParameterStore parameters) = ThreeExits.On(backend);
        using ParameterStore placed = parameters;
        using ExitPlayer player = ExitPlayer.New(model, backend, MemoryStrategy.Slab, BatchSize);
        float[] pixels = Pixels(BatchSize), logits = new float[3 * BatchSize * Classes];
        player.PlayAll(pixels, BatchSize, logits);
        ExitThresholds thresholds = ExitThresholds.Fit(AnswersOf(logits, BatchSize), ExitShares.Of(0.8, 3));
        int[] exits = new int[BatchSize], said = new int[BatchSize];
        player.Play(pixels, thresholds, exits, said);
        Assert.That(AllocatedBytes.Least(() => player.Play(pixels, thresholds, exits, said)), Is.Zero);
    }

    [Test]
    public void New_WithLessMemoryThanThePlanNeeds_SaysBothNumbers()
    {
        using ReferenceBackend backend = new();
        Assert.That(
            () => ExitPlayer.New(new ThreeExits(), backend, MemoryStrategy.Slab, BatchSize, budgetBytes: 5000),
            Throws.TypeOf<InsufficientMemoryException>()
                .With.Message.Contains("5,000 bytes").And.Message.Contains("MiB"));
    }

    /// <summary>Image by image where a batch has an image for each thread, else by batches that shrink.</summary>
    [TestCase(1, true)]
    [TestCase(BatchSize + 1, false)]
    public void New_OnABackendThatFailsOnceMemoryIsGiven_GivesItBack(int threads, bool fails)
    {
        using RefusingBackend backend = new(threads) { FailsWhileHolding = true };
        try
        {
            ExitPlayer.New(new ThreeExits(), backend, MemoryStrategy.Slab, BatchSize).Dispose();
            Assert.That(fails, Is.False, "nothing was asked of the backend after its memory was given");
        }
        catch (InvalidOperationException e)
        {
            Assert.That((e.Message, fails), Is.EqualTo(("planted", true)));
        }

        Assert.That(backend.HeldBytes, Is.Zero);
    }

    [Test]
    public void Play_OfMoreImagesThanABatch_IsRefused()
    {
        using ReferenceBackend backend = new();
        (ThreeExits model, ParameterStore parameters) = ThreeExits.On(backend);
        using ParameterStore placed = parameters;
        using ExitPlayer player = ExitPlayer.New(model, backend, MemoryStrategy.Slab, 2);
        Assert.That(
            () => player.PlayAll(Pixels(3), 3, new float[90]),
            Throws.ArgumentException.With.Message.Contains("1 to 2 images").And.Message.Contains("found 3"));
    }

    [Test]
    public void Costs_OfExits_AreOfAllThatIsRecordedBeforeThem()
    {
        ModelDescription description = ModelDescription.Of(new ThreeExits());
        Assert.That(description.Exits.Select(exit => exit.MultiplyAdds), Is.EqualTo(ThreeExits.Costs));
        Assert.That(ThreeExits.Costs[^1], Is.EqualTo(description.MultiplyAdds));
    }

    /// <summary>All at one exit, some at each, and an exit in the middle that is closed.</summary>
    private static IEnumerable<ExitThresholds> Thresholds(ExitAnswers answers) =>
    [
        .. Enumerable.Range(0, 3).Select(exit => ExitThresholds.StoppingAt(exit, 3)),
        .. new[] { 0.3, 0.7, 1, 1.5 }.Select(q => ExitThresholds.Fit(answers, ExitShares.Of(q, 3))),
        ExitThresholds.Fit(answers, [0.3, 0, 0.7]),
        ExitThresholds.Fit(answers, [0, 0.7, 0.3]),
    ];

    private static ExitAnswers AnswersOf(float[] logits, int images)
    {
        double[,] confidences = new double[3, images];
        int[,] answers = new int[3, images];
        for (int exit = 0; exit < 3; exit++)
        {
            for (int image = 0; image < images; image++)
            {
                double[] said =
                    [.. logits.AsSpan(((exit * images) + image) * Classes, Classes).ToArray().Select(y => (double)y)];
                answers[exit, image] = Array.IndexOf(said, said.Max());
                confidences[exit, image] = 1 / said.Sum(y => Math.Exp(y - said.Max()));
            }
        }

        return new ExitAnswers(confidences, answers, answers, new int[images]);
    }

    private static float[] Pixels(int images) =>
        [.. NetworkStep.RandomNumbers(images * Values, 1).Select(x => (float)x)];
}
