using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Verification;

/// <summary>
/// A small graph with the numbers it starts from: what gradient checks and comparisons of backends play. The numbers
/// are functions of their ordinal in the graph alone, and exact in bfloat16: every backend starts from the same.
/// </summary>
/// <param name="memory">What is kept for the backward pass.</param>
/// <param name="isSliced">
/// Whether every variable made here is a run of channels within a larger storage, rather than a storage of its own.
/// </param>
public sealed class SampleGraph(MemoryStrategy memory, bool isSliced = false)
{
    private const ulong Seed = 20170125;
    private const int ChannelsBefore = 2, ChannelsAfter = 3;
    private readonly Dictionary<Variable, double[]> _numbers = [];
    private readonly Dictionary<Variable, int[]> _labels = [];
    private readonly List<Variable> _perturbed = [], _slices = [];

    /// <summary>The tape that operations are recorded on.</summary>
    public Tape Tape { get; } = new(memory);

    /// <summary>The numbers in each variable before the step.</summary>
    public IReadOnlyDictionary<Variable, double[]> Numbers => _numbers;

    /// <summary>The class indices in each labels variable.</summary>
    public IReadOnlyDictionary<Variable, int[]> ClassIndices => _labels;

    /// <summary>The inputs and parameters whose gradients are wanted.</summary>
    public IReadOnlyList<Variable> Perturbed => _perturbed;

    /// <summary>The variables that are slices of larger storages.</summary>
    public IReadOnlyList<Variable> Slices => _slices;

    /// <summary>An input that has a gradient, with normal numbers.</summary>
    public Variable Input(string name, Shape shape, double mean = 0, double deviation = 1)
    {
        Variable input = Slice(Tape.NewInput(name, Widened(shape), hasGradient: true), shape);
        input.Gradient.Storage.IsKept = true;
        return Perturb(input, new InitialDistribution(mean, deviation));
    }

    /// <summary>A parameter with normal numbers.</summary>
    public Parameter Parameter(string name, Shape shape, double mean = 0, double deviation = 1)
    {
        Parameter parameter = new(name, shape, new InitialDistribution(mean, deviation), rank: 4);
        Perturb(parameter, parameter.Initial);
        return parameter;
    }

    /// <summary>Takes a variable made elsewhere, such as a model's parameter, among those that are perturbed.</summary>
    public Variable Perturb(Variable variable, InitialDistribution initial)
    {
        _numbers[variable] = Draw(variable.Shape, initial);
        _perturbed.Add(variable);
        return variable;
    }

    /// <summary>An input with standard normal numbers and no gradient.</summary>
    public Variable Constant(string name, Shape shape)
    {
        Variable constant = Tape.NewInput(name, shape);
        _numbers[constant] = Draw(shape, new InitialDistribution(0, 1));
        return constant;
    }

    /// <summary>A persistent number without a gradient; it must be exact in bfloat16.</summary>
    public Variable Constant(string name, double value)
    {
        Variable constant = new(Tensor.Of(new Storage(name, Shape.Scalar, StorageRole.RunningStatistics)), null);
        _numbers[constant] = [value];
        return constant;
    }

    /// <summary>Persistent numbers that a step changes and no gradient reaches, such as running statistics.</summary>
    public Variable State(string name, Shape shape, double mean = 0)
    {
        Variable state = new(Tensor.Of(new Storage(name, shape, StorageRole.RunningStatistics)), null);
        _numbers[state] = Draw(shape, new InitialDistribution(mean, 0.1));
        return state;
    }

    /// <summary>Class indices of <paramref name="images"/>, from 0 to <paramref name="classes"/> − 1.</summary>
    public Variable Labels(int images, int classes)
    {
        Variable labels = Tape.NewInput("labels", new Shape(images, 1, 1, 1), StorageRole.Labels);
        _labels[labels] = [.. Enumerable.Range(0, images).Select(n => ((5 * n) + 2) % classes)];
        return labels;
    }

    /// <summary>A variable for an operation to write.</summary>
    public Variable Output(string name, Shape shape) => Slice(Tape.NewVariable(name, Widened(shape)), shape);

    /// <summary>Statistics for an operation to write.</summary>
    public Statistics Statistics(string name, int channels)
    {
        Statistics whole = Tape.NewStatistics(name, Widened(Shape.Vector(channels)).C);
        return new Statistics(Slice(whole.Mean, Shape.Vector(channels)), Slice(whole.Variance, Shape.Vector(channels)));
    }

    private Shape Widened(Shape shape) =>
        isSliced ? shape with { C = shape.C + ChannelsBefore + ChannelsAfter } : shape;

    private Variable Slice(Variable whole, Shape shape)
    {
        if (!isSliced)
        {
            return whole;
        }

        Variable slice = whole.Channels(ChannelsBefore, shape.C);
        _slices.Add(slice);
        return slice;
    }

    private double[] Draw(Shape shape, InitialDistribution initial)
    {
        double[] values = new double[shape.Count];
        initial.Draw(Seed, (uint)_numbers.Count, values);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits((float)values[i]) & ~0xFFFF);
        }

        return values;
    }
}
