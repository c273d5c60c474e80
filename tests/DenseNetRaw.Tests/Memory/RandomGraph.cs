using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;
using DenseNetRaw.Verification;

namespace DenseNetRaw.Tests.Memory;

/// <summary>
/// A graph of random operations on features [2, 4, 3, 3] with skips, concatenations, shared statistics, and, where
/// asked for, random storages dropped after the forward pass.
/// </summary>
internal sealed class RandomGraph
{
    private static readonly Shape Features = new(2, 4, 3, 3);
    private readonly Random _random;
    private readonly List<Variable> _variables = [];
    private readonly bool _drops;

    public RandomGraph(int seed, MemoryStrategy memory, bool drops)
    {
        _random = new Random(seed);
        _drops = drops;
        Graph = new SampleGraph(memory);
        _variables.Add(Graph.Input("x 0", Features));
        _variables.Add(Graph.Input("x 1", Features));
        int nodes = _random.Next(3, 25);
        for (int i = 0; i < nodes; i++)
        {
            Variable y = RandomOperation(i);
            DropPerhaps(y);
            _variables.Add(y);
        }

        Variable sum = Add.Record(Graph.Tape, _variables[^1], Any());
        Loss = Multiply.Record(Graph.Tape, sum, Graph.Constant("weights", Features));
        Loss.Value.Storage.IsKept = true;
    }

    public SampleGraph Graph { get; }

    public Variable Loss { get; }

    /// <summary>The numbers of loss, gradients and running statistics after a played step.</summary>
    public List<double[]> Results(SamplePlay play) =>
    [
        play.Download(Loss.Value),
        .. Graph.Perturbed.Select(variable => variable.Gradient)
            .Where(gradient => gradient.Storage.Address != 0).Select(play.Download),
        .. Graph.Numbers.Keys.Where(variable => variable.Value.Storage.Role == StorageRole.RunningStatistics)
            .Select(variable => play.Download(variable.Value)),
    ];

    private Variable Any() => _variables[_random.Next(_variables.Count)];

    private Variable RandomOperation(int i) => _random.Next(9) switch
    {
        0 => Add.Record(Graph.Tape, Any(), Any()),
        1 => Bias.Record(Graph.Tape, Any(), Graph.Parameter($"b {i}", Shape.Vector(4))),
        2 => Convolution.Record(Graph.Tape, Any(), Weight(i, 4, 3), padding: 1),
        3 => NormRelu.Record(Graph.Tape, _variables[^1], Norm(i, _variables[^1])),
        4 => NormTwice(i, Any()),
        5 => Dropout.Record(Graph.Tape, Any(), 0.4, (uint)i),
        6 => MaxPool.Record(Graph.Tape, Any(), new Window(3, 3, 1, 1)),
        7 => AveragePool.Record(Graph.Tape, Any(), new Window(3, 3, 1, 1)),
        _ => Concatenate(i),
    };

    private Variable NormTwice(int i, Variable x)
    {
        BatchNormalisation norm = Norm(i, x);
        Variable y = NormReluConvolution.Record(Graph.Tape, x, norm, Weight(i, 4, 1));
        DropPerhaps(y);
        return Multiply.Record(Graph.Tape, y, NormRelu.Record(Graph.Tape, x, norm));
    }

    private Variable Concatenate(int i)
    {
        Variable wide = Graph.Tape.NewVariable($"wide {i}", Features with { C = 8 });
        DropPerhaps(wide);
        Copy.Record(Graph.Tape, Any(), wide.Channels(0, 4));
        Copy.Record(Graph.Tape, Any(), wide.Channels(4, 4));
        return Convolution.Record(Graph.Tape, wide, Weight(i, 8, 1));
    }

    private BatchNormalisation Norm(int i, Variable x)
    {
        Shape vector = Shape.Vector(4);
        Statistics statistics = ChannelStatistics.Record(Graph.Tape, x);
        DropPerhaps(statistics.Mean);
        DropPerhaps(statistics.Variance);
        Parameter gamma = Graph.Parameter($"gamma {i}", vector), beta = Graph.Parameter($"beta {i}", vector);
        RunningStatistics running = new(
            Graph.State($"running mean {i}", vector), Graph.State($"running variance {i}", vector));
        return new BatchNormalisation($"norm {i}", statistics, gamma, beta, Running: running);
    }

    private Parameter Weight(int i, int inputs, int size) =>
        Graph.Parameter($"w {i}", new Shape(4, inputs, size, size), deviation: 0.3);

    private void DropPerhaps(Variable variable)
    {
        bool isDropped = _random.Next(2) == 0;
        variable.Value.Storage.IsRecomputed = _drops && isDropped;
    }
}
