using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Operations;

/// <summary>A wrong shape fails when it is recorded, naming operation, rule, tensors and shapes.</summary>
public class ShapeErrorTests
{
    private static readonly Shape X = new(2, 3, 7, 5);

    private static IEnumerable<TestCaseData> WrongUses()
    {
        yield return Wrong(
            "Convolution: x and w must agree in C; found x [2, 3, 7, 5], w [4, 2, 3, 3]",
            (tape, x) => Convolution.Record(tape, x, Weight(4, 2, 3)));
        yield return Wrong(
            "Convolution: w's window must fit into x with stride 1 and padding 0; found x [2, 3, 7, 5], w [4, 3, 6, 6]",
            (tape, x) => Convolution.Record(tape, x, Weight(4, 3, 6)));
        yield return Wrong(
            "Convolution: w's window must fit into x with stride 0 and padding 1; found x [2, 3, 7, 5], w [4, 3, 3, 3]",
            (tape, x) => Convolution.Record(tape, x, Weight(4, 3, 3), stride: 0, padding: 1));
        yield return Wrong(
            "Convolution: w's window must fit into x with stride 1 and padding 3; found x [2, 3, 7, 5], w [4, 3, 3, 3]",
            (tape, x) => Convolution.Record(tape, x, Weight(4, 3, 3), padding: 3));
        yield return Wrong(
            "Convolution: y must be [2, 4, 4, 3]; found x [2, 3, 7, 5], w [4, 3, 3, 3], other [2, 4, 7, 5]",
            (tape, x) => Convolution.Record(tape, x, Weight(4, 3, 3), 2, 1, Other(tape, X with { C = 4 })));
        yield return Wrong(
            "ChannelStatistics: mean and variance must be [1, 3, 1, 1]; found x [2, 3, 7, 5], mean of s [1, 4, 1, 1], "
            + "variance of s [1, 4, 1, 1]",
            (tape, x) => ChannelStatistics.Record(tape, x, tape.NewStatistics("s", 4)));
        yield return Wrong(
            "NormRelu: a channel vector must be [1, 3, 1, 1] for x; found x [2, 3, 7, 5], gamma [1, 4, 1, 1]",
            (tape, x) => NormRelu.Record(tape, x, Norm(tape, gammas: 4)));
        yield return Wrong(
            "NormRelu: y must have x's shape; found x [2, 3, 7, 5], other [2, 3, 7, 4]",
            (tape, x) => NormRelu.Record(tape, x, Norm(tape, gammas: 3), Other(tape, X with { W = 4 })));
        yield return Wrong(
            "NormReluConvolution: a channel vector must be [1, 3, 1, 1] for x; found x [2, 3, 7, 5], "
            + "gamma [1, 2, 1, 1]",
            (tape, x) => NormReluConvolution.Record(tape, x, Norm(tape, gammas: 2), Weight(4, 3, 1)));
        yield return Wrong(
            "NormReluConvolution: x and w must agree in C; found x [2, 3, 7, 5], w [4, 5, 1, 1]",
            (tape, x) => NormReluConvolution.Record(tape, x, Norm(tape, gammas: 3), Weight(4, 5, 1)));
        yield return Wrong(
            "Copy: y must have x's shape; found x [2, 3, 7, 5], other [1, 3, 7, 5]",
            (tape, x) => Copy.Record(tape, x, Other(tape, X with { N = 1 })));
        yield return Wrong(
            "Add: a and b must have one shape; found x [2, 3, 7, 5], other [2, 1, 7, 5]",
            (tape, x) => Add.Record(tape, x, Other(tape, X with { C = 1 })));
        yield return Wrong(
            "Multiply: a and b must have one shape; found x [2, 3, 7, 5], other [2, 3, 5, 7]",
            (tape, x) => Multiply.Record(tape, x, Other(tape, new Shape(2, 3, 5, 7))));
        yield return Wrong(
            "Multiply: y must have a's shape; found x [2, 3, 7, 5], x [2, 3, 7, 5], other [2, 3, 5, 7]",
            (tape, x) => Multiply.Record(tape, x, x, Other(tape, new Shape(2, 3, 5, 7))));
        yield return Wrong(
            "Bias: b must be [1, 3, 1, 1]; found x [2, 3, 7, 5], other [1, 5, 1, 1]",
            (tape, x) => Bias.Record(tape, x, Other(tape, Shape.Vector(5))));
        yield return Wrong(
            "AveragePool: Window { Height = 8, Width = 2, Stride = 1, Padding = 0 } must fit into x; "
            + "found x [2, 3, 7, 5]",
            (tape, x) => AveragePool.Record(tape, x, new Window(8, 2)));
        yield return Wrong(
            "MaxPool: y must be [2, 3, 3, 2]; found x [2, 3, 7, 5], other [2, 3, 4, 3]",
            (tape, x) => MaxPool.Record(tape, x, new Window(2, 2, 2), Other(tape, new Shape(2, 3, 4, 3))));
        yield return Wrong(
            "Dropout: the rate must be at least 0 and below 1, not 1; found x [2, 3, 7, 5]",
            (tape, x) => Dropout.Record(tape, x, rate: 1, ordinal: 0));
        yield return Wrong(
            "SoftmaxCrossEntropy: logits must be [N, classes, 1, 1]; found x [2, 3, 7, 5]",
            (tape, x) => SoftmaxCrossEntropy.Record(tape, x, Other(tape, new Shape(2, 1, 1, 1))));
        yield return Wrong(
            "SoftmaxCrossEntropy: labels must be [2, 1, 1, 1]; found other [2, 10, 1, 1], other [3, 1, 1, 1]",
            (tape, _) => SoftmaxCrossEntropy.Record(
                tape, Other(tape, new Shape(2, 10, 1, 1)), Other(tape, new Shape(3, 1, 1, 1))));
    }

    [TestCaseSource(nameof(WrongUses))]
    public void Record_OfWrongShapes_NamesOperationRuleAndShapes(string message, Action<Tape, Variable> record)
    {
        Tape tape = new(MemoryStrategy.Slab);
        Variable x = tape.NewInput("x", X);
        Assert.Multiple(() =>
        {
            Assert.That(() => record(tape, x), Throws.ArgumentException.With.Message.EqualTo(message));
            Assert.That(tape.Nodes, Is.Empty);
        });
    }

    [TestCase(1, 3, 32_768, 32_768, "an image of 3·2^30 elements")]
    [TestCase(1, 3, 65_536, 65_536, "a plane whose size is 0 in 32 bits")]
    [TestCase(65_536, 65_536, 1, 1, "planes whose number is 0 in 32 bits")]
    [TestCase(2_000_000, 1, 1024, 1024, "more than 2^40 elements")]
    [TestCase(1, -5, 32, 32, "channels whose sum left 31 bits")]
    public void Storage_ThatNoBackendCanIndex_IsRefusedByName(int n, int c, int h, int w, string what)
    {
        Tape tape = new(MemoryStrategy.Slab);
        Assert.That(
            () => tape.NewVariable("features", new Shape(n, c, h, w)),
            Throws.ArgumentException.With.Message.StartsWith($"features [{n}, {c}, {h}, {w}] is too large"), what);
    }

    [Test]
    public void Storage_OfTheLargestImages_IsAccepted() => Assert.Multiple(() =>
    {
        Assert.That(new Shape(512, 1, 46_340, 46_340).IsAddressable);
        Assert.That(new Shape(1, int.MaxValue, 1, 1).IsAddressable);
        Assert.That(new Shape(1 << 20, 1, 1024, 1024).IsAddressable);
    });

    private static TestCaseData Wrong(string message, Action<Tape, Variable> record) =>
        new TestCaseData(message, record).SetArgDisplayNames(message);

    private static Parameter Weight(int outputs, int inputs, int size) =>
        new("w", new Shape(outputs, inputs, size, size), default, rank: 4);

    private static Variable Other(Tape tape, Shape shape) => tape.NewVariable("other", shape);

    private static BatchNormalisation Norm(Tape tape, int gammas) => new(
        "norm", tape.NewStatistics("x", 3), new Parameter("gamma", Shape.Vector(gammas), default, rank: 4),
        new Parameter("beta", Shape.Vector(3), default, rank: 4));
}
