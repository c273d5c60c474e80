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

    /// <summary>Milliseconds of a planned step, the optimiser's with it where it trains.</summary>
    public static double Milliseconds(DeviceLimits limits, SessionPlan session, bool isTraining)
    {
        double calls = session.LargestStep.Plan.Calls.Sum(
            call => limits.Milliseconds(2.0 * call.MultiplyAdds, call.BytesMoved));
        long parameterBytes = session.Outside[StorageRole.Parameter];
        return isTraining ? calls + limits.Milliseconds(0, AccessesOfTheOptimiser * parameterBytes) : calls;
    }
}
