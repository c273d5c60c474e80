using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Modules;
using DenseNetRaw.Operations;
using DenseNetRaw.Verification;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Modules;

/// <summary>Gradients of whole modules against central differences, in every memory strategy.</summary>
[TestFixtureSource(typeof(MemoryStrategy), nameof(MemoryStrategy.Ladder))]
public class ModuleGradientTests(MemoryStrategy memory)
{
    [Test]
    public void DenseLayer_WithABottleneck_HasTheGradientsOfCentralDifferences() =>
        CheckModule(new DenseLayer("layer", 5, growthRate: 3, bottleneckChannels: 4, NoDropout), new Shape(2, 5, 4, 3));

    [Test]
    public void DenseBlock_OfTwoLayers_HasTheGradientsOfCentralDifferences()
    {
        DenseBlock block = new("block", 2, inputChannels: 3, growthRate: 2, bottleneckChannels: 4, NoDropout);
        SampleGraph graph = new(memory);
        Variable x = graph.Input("x", new Shape(2, 3, 4, 3)), features = block.NewFeatures(graph.Tape, x.Shape);
        Copy.Record(graph.Tape, x, features.Channels(0, 3));
        CheckWeighted(block, graph, block.Forward(graph.Tape, features));
    }

    [Test]
    public void Transition_ToFewerChannels_HasTheGradientsOfCentralDifferences() =>
        CheckModule(new Transition("transition", 5, outputChannels: 2, NoDropout), new Shape(2, 5, 5, 4));

    [Test]
    public void DenseNet_WithDropout_HasTheGradientsOfCentralDifferences()
    {
        DenseNet model = new(DenseNetConfiguration.Named("densenet-bc-10-2") with
        {
            InputHeight = 4,
            InputWidth = 5,
            InitialChannels = 4,
            Classes = 3,
            DropRate = 0.1,
        });
        SampleGraph graph = new(memory);
        Variable logits = model.Forward(graph.Tape, graph.Input("images", model.InputShape(3)));
        Variable loss = SoftmaxCrossEntropy.Record(graph.Tape, logits, graph.Labels(3, 3)).Loss;
        Check(model, graph, loss);
    }

    [TestCase(2, 5, 2)]
    [TestCase(3, 3, 1)]
    public void BasicUnit_WithEitherShortcut_HasTheGradientsOfCentralDifferences(int from, int to, int stride) =>
        CheckModule(new BasicUnit("unit", from, to, stride, hasBias: false), new Shape(2, from, 5, 4));

    [TestCase(3, 8, 2)]
    [TestCase(4, 4, 1)]
    public void PreactivationUnit_WithEitherShortcut_HasThoseOfCentralDifferences(int from, int to, int stride) =>
        CheckModule(new PreactivationUnit("unit", from, to, stride, hasBias: false), new Shape(2, from, 5, 4));

    private static DropoutLayer? NoDropout(int kernelSize) => null;

    private static void CheckWeighted(Module module, SampleGraph graph, Variable y) =>
        Check(module, graph, Multiply.Record(graph.Tape, y, graph.Constant("weights", y.Shape)));

    // Gamma 1 and beta 0 would hide mistakes in both.
    private static void Check(Module module, SampleGraph graph, Variable loss)
    {
        foreach (Parameter parameter in module.Parameters)
        {
            InitialDistribution initial = parameter.Initial;
            graph.Perturb(parameter, parameter.Rank == 1 ? initial with { Deviation = 0.2 } : initial);
        }

        GradientCheckResult result = GradientCheck.Run(module.GetType().Name, graph, loss);
        Assert.Multiple(() =>
        {
            foreach (TensorError tensor in result.Tensors)
            {
                Assert.That(tensor.Error, Is.LessThanOrEqualTo(1e-6), tensor.Name);
            }

            Assert.That(result.SkippedCoordinates, Is.LessThanOrEqualTo(0.01 * result.Coordinates));
        });
    }

    private void CheckModule(Module module, Shape shape)
    {
        SampleGraph graph = new(memory);
        CheckWeighted(module, graph, module.Forward(graph.Tape, graph.Input("x", shape)));
    }
}
