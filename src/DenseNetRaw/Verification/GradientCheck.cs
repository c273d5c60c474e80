using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Verification;

/// <summary>
/// The recorded gradients against central differences, (f(x + h) − f(x − h)) / 2h, in float64 on the reference backend.
/// A function of ReLUs and maxima is smooth only in pieces, and a difference across two of them says nothing about
/// either gradient. A piece is known by its pattern: which outputs of each ReLU are positive, and which element each
/// maximum is. A coordinate is left out, and counted, if the patterns of its two points differ.
/// </summary>
public static class GradientCheck
{
    /// <summary>The largest relative L2 error that a tensor's gradient may have.</summary>
    public const double Tolerance = 1e-6;

    /// <summary>The largest share of coordinates that may be left out.</summary>
    public const double SkippedShare = 0.01;

    /// <summary>
    /// h: the errors of truncation, of order h², and of rounding, of order 1e-16 / h, are near 1e-10.
    /// </summary>
    private const double Step = 1e-5;

    /// <summary>Checks every case of every operation.</summary>
    public static IReadOnlyList<GradientCheckResult> RunAll() => [.. OperationCases.All.Select(Run)];

    /// <summary>Checks one case of an operation.</summary>
    public static GradientCheckResult Run(OperationCase operationCase)
    {
        SampleGraph graph = new(MemoryStrategy.Slab);
        return Run(operationCase.Name, graph, operationCase.RecordLoss(graph));
    }

    /// <summary>Checks the gradients of a recorded graph in all that it perturbs.</summary>
    /// <param name="name">What the result is called.</param>
    /// <param name="graph">The graph.</param>
    /// <param name="loss">What is differentiated: the sum of its elements.</param>
    public static GradientCheckResult Run(string name, SampleGraph graph, Variable loss)
    {
        using ReferenceBackend backend = new() { Step = new StepState(Seed: 1, Number: 1, LearningRate: 0) };
        loss.Value.Storage.IsKept = true;
        List<double[]> recorded = RecordedGradients(graph, loss, backend);
        using SamplePlay forward = new(graph, backend, loss: null);
        IEnumerable<TensorError> errors = graph.Perturbed
            .Select((variable, i) =>
                Compare(graph.Numbers[variable], forward, backend, loss, variable.Name, recorded[i]));
        return new GradientCheckResult(name, [.. errors]);
    }

    private static List<double[]> RecordedGradients(SampleGraph graph, Variable loss, ReferenceBackend backend)
    {
        using SamplePlay play = new(graph, backend, loss);
        play.Upload();
        play.Plan.Play(backend);
        return [.. graph.Perturbed.Select(variable => play.Download(variable.Gradient))];
    }

    private static TensorError Compare(
        double[] values, SamplePlay forward, ReferenceBackend backend, Variable loss, string name, double[] recorded)
    {
        double difference = 0, recordedSquares = 0, numericSquares = 0;
        int skipped = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double here = values[i];
            values[i] = here + Step;
            (double[] above, ulong patternAbove) = Evaluate(forward, backend, loss);
            values[i] = here - Step;
            (double[] below, ulong patternBelow) = Evaluate(forward, backend, loss);
            values[i] = here;
            if (patternAbove != patternBelow)
            {
                skipped++;
                continue;
            }

            // Element by element, so that what the coordinate does not reach cancels exactly.
            double numeric = above.Zip(below, (a, b) => a - b).Sum() / (2 * Step);
            difference += (recorded[i] - numeric) * (recorded[i] - numeric);
            recordedSquares += recorded[i] * recorded[i];
            numericSquares += numeric * numeric;
        }

        double norm = Math.Sqrt(Math.Max(recordedSquares, numericSquares));
        double error = difference == 0 ? 0 : Math.Sqrt(difference) / norm;
        return new TensorError(name, double.IsNaN(error) ? double.PositiveInfinity : error, values.Length, skipped);
    }

    private static (double[] Loss, ulong Pattern) Evaluate(SamplePlay forward, ReferenceBackend backend, Variable loss)
    {
        forward.Upload();
        PiecePattern pattern = new();
        foreach (Call call in forward.Plan.Calls)
        {
            call.Play(backend);
            pattern.Follow(call, forward);
        }

        return (forward.Download(loss.Value), pattern.Hash);
    }
}
