using System.Text.Json.Nodes;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cuda;
using DenseNetRaw.Data;
using DenseNetRaw.Serialization;
using DenseNetRaw.Tests.Cuda;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

/// <summary>What is no finite number, planted in images, weights and gradients, ends a run within a step.</summary>
[TestFixture("reference")]
[TestFixture("cpu")]
[TestFixture("cuda")]
public sealed class NotANumberTests(string device)
{
    private const string Stem = "features.conv0.weight", Classifier = "classifier.bias";

    private static readonly TrainingSettings Settings = TinyTraining.Settings with { LearningRate = 0.02 };

    [TestCase(Stem)]
    [TestCase("features.denseblock2.denselayer1.norm1.weight")]
    [TestCase("features.denseblock3.denselayer1.conv1.weight")]
    [TestCase(Classifier)]
    public void Run_WithANaNInAWeight_StopsAtTheFirstStepAndSaysWhatFindsTheCause(string name)
    {
        string message = MessageOf(Settings, trainer => Spoil(trainer, ParameterOf(trainer, name).Value), steps: 0);
        Assert.That(message, Does.Contain("of step 1 in epoch 1 should be a finite number, found ")
            .And.EndWith("; --detect-anomaly finds the operation that made it so"));
    }

    [Test]
    public void Run_OnAnInfiniteInput_StopsAtTheFirstStep() => Assert.That(
        MessageOf(Settings with { Normalization = Infinite }, _ => { }, steps: 0),
        Does.Contain("of step 1 in epoch 1"));

    [TestCase(Stem)]
    [TestCase(Classifier)]
    public void Run_WithANaNInAGradient_StopsAtThatStepAndNamesTheNorm(string name) => Assert.That(
        MessageOf(Settings, trainer => Spoil(trainer, ParameterOf(trainer, name).Gradient), steps: 0),
        Does.StartWith("the norm of the gradients of step 1 in epoch 1 should be a finite number, found NaN: "));

    [Test]
    public void Run_SpoiltInItsSecondEpoch_KeepsTheBestWeightsAndSavesNoOthers()
    {
        using TemporaryFolder temporary = new();
        using Backend backend = NewBackend();
        using Trainer trainer = TinyTraining.New(backend, Settings);
        TrainedModel model = new(
            TinyTraining.Model, [.. Enumerable.Range(0, 10).Select(i => $"{i}")], trainer.Normalization);
        string path = temporary.File("run");
        using (RunFolder folder = RunFolder.Create(path, new JsonObject(), model, trainer.Session))
        {
            RecordingObserver seen = new(step =>
            {
                if (step.Step == 4)
                    Spoil(trainer, ParameterOf(trainer, Classifier).Gradient);
            });
            Assert.That(
                () => trainer.Run([folder, seen]),
                Throws.TypeOf<NotFiniteNumberException>().With.Message.Contains("in epoch 2"));

            // A step that was under way when it was spoilt may still be told of.
            Assert.That(seen.Steps, Has.Count.EqualTo(4 + trainer.Session.StepsAhead - 1));
        }

        SafetensorsFile best = SafetensorsFile.Read(Path.Combine(path, RunFolder.BestWeightsFile));
        Assert.That(
            best.Tensors.Values.Where(tensor => tensor.Dtype == SafetensorsDtype.F32)
                .SelectMany(tensor => tensor.ToSingles()),
            Has.All.Matches<float>(float.IsFinite));
        Assert.That(File.Exists(Path.Combine(path, RunFolder.WeightsFile)), Is.False);
    }

    [TestCase("features.denseblock2.denselayer1.norm1.weight", "of NormRelu")]
    [TestCase(Stem, "forward Convolution of Convolution(images ")]
    public void DetectsAnomalies_OfAWeight_NameTheFirstCallThatItSpoils(string name, string call)
    {
        string message = MessageOf(
            Settings with { DetectsAnomalies = true },
            trainer => Spoil(trainer, ParameterOf(trainer, name).Value), steps: 0);
        Assert.That(message, Does.StartWith("step 1 in epoch 1: forward ").And.Contain(call)
            .And.Match(@" wrote NaN at \[0, \d+, \d, \d\] of ")
            .And.Contain($"; before the step there was NaN at [0, 0, 0, 0] of {name} ["));
    }

    [Test]
    public void DetectsAnomalies_OfAGradient_NameTheCallThatAddsToIt()
    {
        string message = MessageOf(
            Settings with { DetectsAnomalies = true },
            trainer => Spoil(trainer, ParameterOf(trainer, Stem).Gradient), steps: 0);
        Assert.That(message, Does.StartWith("step 1 in epoch 1: backward ConvolutionBackwardWeights of Convolution(")
            .And.Contain($" wrote NaN at [0, 0, 0, 0] of d {Stem} [")
            .And.Contain($"; before the step there was NaN at [0, 0, 0, 0] of d {Stem} ["));
    }

    [Test]
    public void DetectsAnomalies_OfAnInput_NameIt() => Assert.That(
        MessageOf(Settings with { Normalization = Infinite, DetectsAnomalies = true }, _ => { }, steps: 0),
        Does.StartWith("step 1 in epoch 1: forward Convolution of ")
            .And.Contain("; before the step there was -Infinity at [0, 0, 0, 0] of images ["));

    [Test]
    public void DetectsAnomalies_OfNumbersThatOverflow_NameTheCallWhoseInputsWereFinite()
    {
        // The square of 1e30 is no float32; in float64 it takes 1e160.
        double large = device == "reference" ? 1e160 : 1e30;
        string message = MessageOf(
            Settings with { DetectsAnomalies = true },
            trainer =>
            {
                Tensor weight = ParameterOf(trainer, Stem).Value;
                double[] values = new double[weight.Shape.Count];
                Array.Fill(values, large);
                trainer.Session.Backend.Upload(values, weight);
            },
            steps: 0);
        Assert.That(message, Does.StartWith("step 1 in epoch 1: forward ")
            .And.Contain("of variance of ").And.EndWith("; all that it read was finite"));
    }

    [Test]
    public void DetectsAnomalies_OfALearningRateBeyondAllNumbers_NameTheUpdate() => Assert.That(
        MessageOf(
            Settings with { DetectsAnomalies = true, LearningRate = 1e308, Sgd = new SgdSettings(0.99, 0, true) },
            _ => { }, steps: null),
        device == "reference"
            ? Does.Contain(" wrote ")
            : Does.StartWith("step 1 in epoch 1: the optimiser's update wrote ")
                .And.EndWith("; all gradients were finite"));

    [Test]
    public void DetectsAnomalies_OfARunWithoutAny_ChangesNoNumber()
    {
        using Backend backend = NewBackend();
        Assert.That(
            Results(backend, Settings with { DetectsAnomalies = true }), Is.EqualTo(Results(backend, Settings)));
    }

    [Test]
    public void GradientNorm_OfAStep_IsTheRootOfTheSquaresOfAllGradients()
    {
        using Backend backend = NewBackend();
        using Trainer trainer = TinyTraining.New(backend, Settings);
        SessionPlan plan = trainer.Session.Plan;
        RecordedStep step = trainer.Session.StepFor(8, isTraining: true);
        float[] pixels = [.. Enumerable.Range(0, 8 * 3 * 64).Select(i => (float)Math.Sin(i))];
        backend.Step = new StepState(plan.Settings.Seed, 1, 0);
        backend.Upload(pixels, step.Images.Value);
        backend.Upload(new int[8], step.Labels.Value);
        step.Plan.Play(backend);
        double squares = 0;
        foreach (Parameter parameter in trainer.Session.Model.Parameters)
        {
            double[] gradient = new double[parameter.Shape.Count];
            backend.Download(parameter.Gradient, gradient);
            squares += gradient.Sum(g => g * g);
            backend.Fill(0, parameter.Gradient);
        }

        StepResult result = trainer.Session.Train(pixels, new int[8], learningRate: 0);
        Assert.That(result.GradientNorm, Is.EqualTo(Math.Sqrt(squares)).Within(1e-4).Percent);
        Assert.That(result.GradientNorm, Is.GreaterThan(0));
    }

    [Test]
    public void Save_OfWeightsThatAreNoNumbers_NamesTheFirstAndWritesNothing()
    {
        using TemporaryFolder folder = new();
        using Backend backend = NewBackend();
        using Trainer trainer = TinyTraining.New(backend, Settings);
        Spoil(trainer, ParameterOf(trainer, Classifier).Value);
        TrainedModel model = new(TinyTraining.Model, [], trainer.Normalization);
        Assert.That(
            () => model.Save(folder.File("poisoned"), trainer.Session),
            Throws.TypeOf<NotFiniteNumberException>().With.Message.Contains(Classifier));
        Assert.That(Directory.GetFiles(folder.FullName), Is.Empty);
    }

    /// <summary>Of the first channel, −∞.</summary>
    private static Normalization Infinite => new([3e38f, 0, 0], [0.1f, 1, 1]);

    private Backend NewBackend() => device switch
    {
        "reference" => new ReferenceBackend(),
        "cpu" => new CpuBackend(2),
        _ => TestBackend.New(CudaPrecision.Fp32, isDeterministic: true),
    };

    /// <summary>Trains what was spoilt beforehand; the words with which it ended after so many steps.</summary>
    private string MessageOf(TrainingSettings settings, Action<Trainer> spoil, int? steps)
    {
        using Backend backend = NewBackend();
        using Trainer trainer = TinyTraining.New(backend, settings);
        spoil(trainer);
        RecordingObserver seen = new();
        NotFiniteNumberException? error = Assert.Throws<NotFiniteNumberException>(() => trainer.Run([seen]));
        Assert.That(seen.Summary, Is.Null);
        Assert.That(seen.Steps, Has.Count.EqualTo(steps ?? seen.Steps.Count));
        return error!.Message;
    }

    private static List<StepResult> Results(Backend backend, TrainingSettings settings)
    {
        using Trainer trainer = TinyTraining.New(backend, settings);
        RecordingObserver seen = new();
        trainer.Run([seen]);
        return [.. seen.Steps.Select(step => step.Result)];
    }

    private static Parameter ParameterOf(Trainer trainer, string name) =>
        trainer.Session.Model.Parameters.Single(parameter => parameter.Name == name);

    private static void Spoil(Trainer trainer, Tensor tensor)
    {
        double[] values = new double[tensor.Shape.Count];
        trainer.Session.Backend.Download(tensor, values);
        values[0] = double.NaN;
        trainer.Session.Backend.Upload(values, tensor);
    }
}
