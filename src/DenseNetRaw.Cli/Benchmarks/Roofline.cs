using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// The least that a step takes on a device whose limits are known: call by call the longer of arithmetic and memory
/// traffic, every tensor being moved once by each call that touches it. A step that is small enough for caches can
/// therefore be faster, and so can one whose backend fuses what the plan makes several calls of.
/// </summary>
internal static class Roofline
{
    /// <summary>Parameters, gradients and momentum are each read and written.</summary>
    private const int AccessesOfTheOptimiser = 6;

    /// <summary>Multiplications and additions of the convolutions, each counted.</summary>
    public static double Flops(MemoryPlan plan) => 2.0 * plan.Calls.Sum(call => call.MultiplyAdds);

    /// <summary>The work of a planned step, call by call, the optimiser's with it where it trains.</summary>
    public static IReadOnlyList<(double Flops, double Bytes)> Work(SessionPlan session, bool isTraining)
    {
        List<(double Flops, double Bytes)> work =
            [.. session.LargestStep.Plan.Calls.Select(call => (2.0 * call.MultiplyAdds, (double)call.BytesMoved))];
        if (isTraining)
            work.Add((0, AccessesOfTheOptimiser * session.Outside[StorageRole.Parameter]));
        return work;
    }

    /// <summary>Milliseconds of work, one call after the other.</summary>
    public static double Milliseconds(DeviceLimits limits, IReadOnlyList<(double Flops, double Bytes)> work) =>
        work.Sum(call => limits.Milliseconds(call.Flops, call.Bytes));
}
