using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;
using DenseNetRaw.Verification;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Verification;

public class GradientCheckTests
{
    private static IReadOnlyList<OperationCase> Cases => OperationCases.All;

    [TestCaseSource(nameof(Cases))]
    public void Run_OfACase_FindsTheGradientsOfCentralDifferences(OperationCase operationCase)
    {
        GradientCheckResult result = GradientCheck.Run(operationCase);
        Assert.Multiple(() =>
        {
            foreach (TensorError tensor in result.Tensors)
            {
                Assert.That(tensor.Error, Is.LessThanOrEqualTo(1e-6), tensor.Name);
            }

            Assert.That(result.SkippedCoordinates, Is.LessThanOrEqualTo(0.01 * result.Coordinates));
            Assert.That(result.Passes);
        });
    }

    [Test]
    public void RunAll_OfTheCases_CoversEveryOperation()
    {
        IEnumerable<string> operations = typeof(Node).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Node)) && type.Namespace == typeof(Convolution).Namespace)
            .Select(type => type.Name);
        string[] covered = [.. GradientCheck.RunAll().Select(result => result.Name.Split(':')[0]).Distinct()];
        Assert.That(covered, Is.EquivalentTo(operations));
    }

    [Test]
    public void Run_OfAWrongBackward_FindsTheError()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable x = graph.Input("x", new Shape(1, 3, 2, 2));
        GradientCheckResult result = GradientCheck.Run("half", graph, HalfGradient.Record(graph.Tape, x));
        Assert.Multiple(() =>
        {
            Assert.That(result.MaxError, Is.EqualTo(0.5).Within(1e-6));
            Assert.That(result.Passes, Is.False);
        });
    }

    [Test]
    public void Run_NearATieOfMaxima_SkipsTheTwoCoordinates()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable x = graph.Input("x", new Shape(1, 1, 2, 4));
        double[] values = graph.Numbers[x];
        (values[2], values[5]) = (5, 5 + 1e-6);
        GradientCheckResult result = GradientCheck.Run("tie", graph, MaxPool.Record(graph.Tape, x, new Window(2, 4)));
        Assert.Multiple(() =>
        {
            Assert.That((result.SkippedCoordinates, result.Coordinates), Is.EqualTo((2, 8)));
            Assert.That(result.MaxError, Is.LessThan(1e-9), "the others are compared");
        });
    }

    [Test]
    public void Run_NearAReLUsCorner_SkipsTheCoordinatesThatCrossIt()
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        Variable x = graph.Input("x", new Shape(1, 1, 1, 3)), other = graph.Input("other", new Shape(4, 1, 1, 1));
        (double[] values, double[] others) = (graph.Numbers[x], graph.Numbers[other]);
        new double[] { 1e-6, 2, -2 }.CopyTo(values, 0);
        new double[] { 1, -1, 1, -1 }.CopyTo(others, 0);
        BatchNormalisation norm = new(
            "norm", ChannelStatistics.Record(graph.Tape, other), graph.Parameter("gamma", Shape.Scalar, 1, 0),
            graph.Parameter("beta", Shape.Scalar, 0, 0));
        GradientCheckResult result = GradientCheck.Run("corner", graph, NormRelu.Record(graph.Tape, x, norm));
        int[] expected = [1, 4, 0, 1];
        Assert.That(
            result.Tensors.Select(tensor => tensor.SkippedCoordinates), Is.EqualTo(expected),
            "x[0], the mean through other, beta; not gamma");
    }

    private sealed class HalfGradient(Variable x, Variable y) : Node([x], [y])
    {
        public static Variable Record(Tape tape, Variable x)
        {
            Variable y = tape.NewVariable("y", x.Shape);
            tape.Record(new HalfGradient(x, y));
            return y;
        }

        public override void Forward(Backend backend) => backend.Add(x.Value, x.Value, y.Value);

        public override void Backward(Backend backend) => backend.Accumulate(y.Gradient, x.Gradient);
    }
}
