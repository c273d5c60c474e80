using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// Whether an operation computes what the float64 reference does, from the same numbers on reduced extents.
/// </summary>
internal static class OperationCheck
{
    private static readonly StepState Step = new(Seed: 1, Number: 1, LearningRate: 0.1);

    /// <summary>What a precision's roundings amount to, relative to a tensor's largest element.</summary>
    public static double Tolerance(string precision) => precision switch
    {
        "bf16" => 3e-2,
        "tf32" => 5e-3,
        _ => 1e-4,
    };

    /// <summary>
    /// The largest difference, of each output relative to its largest element in the reference; infinite for a number
    /// that is none.
    /// </summary>
    public static double MaxError(TimedOperation operation, Backend backend, OperationVariant variant)
    {
        using ReferenceBackend reference = new();
        OperationVariant reduced = variant with { Extents = variant.Extents.Reduced() };
        List<double[]> expected = Results(operation, reference, reduced);
        List<double[]> found = Results(operation, backend, reduced);
        return expected.Zip(found, Error).Max();
    }

    private static List<double[]> Results(TimedOperation operation, Backend backend, OperationVariant variant)
    {
        backend.Step = Step;
        using OperationOperands operands = new(backend, variant.Extents, variant.Stores);
        operation.Prepare(operands)();
        return [.. operands.Outputs.Select(output => Download(backend, output))];
    }

    private static double[] Download(Backend backend, Tensor output)
    {
        double[] values = new double[output.Shape.Count];
        backend.Download(output, values);
        return values;
    }

    private static double Error(double[] expected, double[] found)
    {
        double largest = expected.Max(Math.Abs);
        double difference = expected.Zip(found, (a, b) => Math.Abs(a - b)).Max();
        return double.IsFinite(difference) ? difference / (largest > 0 ? largest : 1) : double.MaxValue;
    }
}
