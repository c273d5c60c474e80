using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Modules;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Models;

/// <summary>One training step of a network on random images, and all that it leaves behind, by name.</summary>
internal static class NetworkStep
{
    public const ulong Seed = 7;

    /// <summary>Fails unless a step leaves the same bits where dead storage is filled with NaN.</summary>
    public static void AssertPoisonChangesNoBit(
        ModelConfiguration configuration, MemoryStrategy memory, Backend backend)
    {
        Dictionary<string, double[]> poisoned = Play(configuration, memory, backend, isPoisoned: true);
        foreach ((string name, double[] expected) in Play(configuration, memory, backend, isPoisoned: false))
        {
            Assert.That(expected, Has.None.NaN, $"{name} with {memory.Name} on {backend.Name}");
            Assert.That(poisoned[name], Is.EqualTo(expected), $"{name} with {memory.Name} on {backend.Name}");
        }
    }

    /// <summary>
    /// Fails unless a step of every rung, and of a budget between two, leaves the numbers of naive; returns those.
    /// </summary>
    public static Dictionary<string, double[]> AssertRungsAgree(
        ModelConfiguration configuration, Backend backend, double tolerance)
    {
        Dictionary<string, double[]> naive = Play(configuration, MemoryStrategy.Naive, backend);
        foreach (MemoryStrategy memory in Rungs.WithAuto(configuration, backend))
        {
            AssertSame(Play(configuration, memory, backend), naive, tolerance, memory.Name);
        }

        return naive;
    }

    /// <summary>
    /// Fails unless two steps left the same: of masks every bit, of others nearly, and of most of them a fiftieth of
    /// that nearly.
    /// </summary>
    public static void AssertSame(
        Dictionary<string, double[]> actual, Dictionary<string, double[]> others, double tolerance, string what)
    {
        Assert.That(actual.Keys, Is.EqualTo(others.Keys));
        List<double> errors = [];
        foreach ((string name, double[] expected) in others)
        {
            if (IsRounding(name))
            {
                Assert.That(actual[name], Is.All.EqualTo(0).Within(tolerance), $"{name} of {what}");
                continue;
            }

            double error = RelativeError(actual[name], expected);
            Assert.That(error, Is.LessThan(tolerance), $"{name} of {what}");
            if (name.StartsWith("mask", StringComparison.Ordinal))
                Assert.That(error, Is.Zero, $"{name} of {what}");
            errors.Add(error);
        }

        errors.Sort();
        Assert.That(errors[errors.Count / 2], Is.LessThan(tolerance / 50), $"median of {what}");
    }

    /// <summary>A norm takes a convolution's bias away again: its gradient is what rounding leaves.</summary>
    public static bool IsRounding(string name) => name.StartsWith("d ", StringComparison.Ordinal)
        && name["d ".Length..].Split('.') is [.., string layer, "bias"]
        && layer.StartsWith("conv", StringComparison.Ordinal);

    /// <summary>
    /// Loss, logits, every gradient and every running statistic after one step and, where it is played poisoned, the
    /// zeros of every dropout's output, which are the same each time that it is computed.
    /// </summary>
    public static Dictionary<string, double[]> Play(
        ModelConfiguration configuration, MemoryStrategy memory, Backend backend, int batchSize = 3,
        bool isPoisoned = true)
    {
        Model model = configuration.NewModel();
        using ParameterStore parameters = new(model, backend, Seed);
        RandomiseNorms(model, backend);
        RecordedStep step = RecordedStep.Record(model, backend, memory, batchSize, isTraining: true);
        using DeviceMemory arena = backend.Allocate(step.Plan.PeakBytes);
        step.Plan.Bind(arena);
        backend.Step = new StepState(Seed, Number: 5, LearningRate: 0.1);
        backend.Upload(RandomNumbers(step.Images.Shape.Count, 1), step.Images.Value);
        backend.Upload([.. Enumerable.Range(0, batchSize).Select(n => n % configuration.Classes)], step.Labels.Value);
        Dictionary<Node, double[]> masks = [];
        if (isPoisoned)
            step.Plan.PlayPoisoned(backend, call => NoteMask(call, backend, masks));
        else
            step.Plan.Play(backend);
        Dictionary<string, double[]> results = Results(model, step, backend);
        foreach (Node node in step.Tape.Nodes.Where(masks.ContainsKey))
            results[$"mask {results.Count}"] = masks[node];
        return results;
    }

    /// <inheritdoc cref="Tests.RelativeError.Of"/>
    public static double RelativeError(double[] actual, double[] expected) => Tests.RelativeError.Of(actual, expected);

    public static double[] RandomNumbers(long count, uint stream)
    {
        double[] values = new double[count];
        new InitialDistribution(0, Deviation: 1).Draw(Seed, stream, values);
        return values;
    }

    /// <summary>Gamma 1 and beta 0 would hide mistakes in both.</summary>
    private static void RandomiseNorms(Model model, Backend backend)
    {
        uint stream = 100;
        foreach (NormLayer norm in model.NormLayers)
        {
            backend.Upload(
                [.. RandomNumbers(norm.Gamma.Shape.Count, stream++).Select(x => 1 + (0.2 * x))], norm.Gamma.Value);
            backend.Upload([.. RandomNumbers(norm.Beta.Shape.Count, stream++).Select(x => 0.2 * x)], norm.Beta.Value);
        }
    }

    private static void NoteMask(Call call, Backend backend, Dictionary<Node, double[]> masks)
    {
        if (call.Operation != nameof(Backend.Dropout))
            return;

        double[] values = Download(backend, call.Writes[0]);
        double[] mask = [.. values.Select(value => value == 0 ? 0.0 : 1.0)];
        if (!masks.TryAdd(call.Node!, mask))
            Assert.That(mask, Is.EqualTo(masks[call.Node!]), $"replayed {call.Node}");
    }

    public static double[] Download(Backend backend, Tensor tensor)
    {
        double[] values = new double[tensor.Shape.Count];
        backend.Download(tensor, values);
        return values;
    }

    private static Dictionary<string, double[]> Results(Model model, RecordedStep step, Backend backend)
    {
        Dictionary<string, double[]> results = new()
        {
            ["loss"] = Download(backend, step.Loss.Value),
            ["logits"] = Download(backend, step.Logits.Value),
        };
        foreach (Parameter parameter in model.Parameters)
            results[$"d {parameter.Name}"] = Download(backend, parameter.Gradient);
        foreach (NormLayer norm in model.NormLayers)
        {
            results[norm.Running.Mean.Name] = Download(backend, norm.Running.Mean.Value);
            results[norm.Running.Variance.Name] = Download(backend, norm.Running.Variance.Value);
        }

        return results;
    }
}
