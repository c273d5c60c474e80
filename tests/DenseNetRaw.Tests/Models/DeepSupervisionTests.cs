using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Models;

public sealed class DeepSupervisionTests
{
    private static IEnumerable<ModelConfiguration> Networks()
    {
        yield return DenseNetConfiguration.Named("densenet-bc-10-3") with { DeepSupervision = 0.3 };
        yield return ResNetConfiguration.Named("resnet-8") with { DeepSupervision = 0.3 };
        yield return ResNetConfiguration.Named("preact-resnet-11") with { DeepSupervision = 0.3 };
    }

    [TestCaseSource(nameof(Networks))]
    public void Exits_InTrainingAlone_AreThoseOfHeads(ModelConfiguration network)
    {
        Model model = network.NewModel();
        using CpuBackend backend = new(threads: 1);
        RecordedStep training = RecordedStep.Record(model, backend, MemoryStrategy.Slab, 2, isTraining: true);
        RecordedStep evaluation = RecordedStep.Record(model, backend, MemoryStrategy.Slab, 2, isTraining: false);
        Assert.That(training.Exits, Has.Count.EqualTo(3));
        Assert.That(evaluation.Exits, Has.Count.EqualTo(1));
        Assert.That(
            evaluation.Tape.Nodes.SelectMany(node => node.Inputs).Select(input => input.Name),
            Has.None.StartsWith("heads"));
        Assert.That(model.Heads.Select(head => head.Parameters.First().Name), Has.All.StartsWith("heads."));
    }

    [TestCaseSource(nameof(Networks))]
    public void Loss_WithHeads_IsTheEndsAndTheWeightOfTheirs(ModelConfiguration network)
    {
        Model model = network.NewModel();
        using ReferenceBackend backend = new();
        using Session session = new(model, backend, new SessionSettings { TrainingBatchSizes = [2], Seed = 1 });
        float[] pixels = [.. NetworkStep.RandomNumbers(model.InputShape(2).Count, 1).Select(x => (float)x)];
        double loss = session.Train(pixels, [0, 1], learningRate: 0.1).Loss;
        double[] exits = [.. session.StepFor(2, true).Exits.Select(exit =>
            NetworkStep.Download(backend, exit.Loss.Value)[0])];
        Assert.That(loss, Is.EqualTo(exits[2] + (0.3 * (exits[0] + exits[1]))).Within(1e-12));
    }

    /// <summary>Heads come last, so that a run with them begins as one without.</summary>
    [TestCaseSource(nameof(Networks))]
    public void Parameters_OfHeads_ComeAfterAllOthers(ModelConfiguration network)
    {
        string[] names = [.. network.NewModel().Parameters.Select(parameter => parameter.Name)];
        ModelConfiguration without = network switch
        {
            DenseNetConfiguration denseNet => denseNet with { DeepSupervision = 0 },
            ResNetConfiguration resNet => resNet with { DeepSupervision = 0 },
            _ => throw new ArgumentException(network.Name),
        };
        string[] main = [.. without.NewModel().Parameters.Select(parameter => parameter.Name)];
        Assert.That(names.Take(main.Length), Is.EqualTo(main));
        Assert.That(names.Skip(main.Length), Is.Not.Empty.And.All.StartsWith("heads."));
    }

    [TestCaseSource(nameof(Networks))]
    public void Description_OfANetworkWithHeads_CountsThemApart(ModelConfiguration network)
    {
        Model model = network.NewModel();
        ModelDescription description = ModelDescription.Of(model);
        Assert.That(description.HeadParameters, Is.Positive);
        Assert.That(
            description.Parameters + description.HeadParameters,
            Is.EqualTo(model.Parameters.Sum(parameter => parameter.Shape.Count)));
    }
}
