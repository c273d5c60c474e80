using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Charts;

/// <summary>What lives when and where in a planned training step, call by call.</summary>
/// <param name="model">The model's name.</param>
/// <param name="batchSize">Images in the step.</param>
/// <param name="device">The backend's name.</param>
/// <param name="plan">The step's plan.</param>
internal sealed class Timeline(string model, int batchSize, string device, SessionPlan plan)
{
    /// <summary>The model's name.</summary>
    public string Model => model;

    /// <summary>Images in the step.</summary>
    public int BatchSize => batchSize;

    /// <summary>The backend's name.</summary>
    public string Device => device;

    /// <summary>The memory strategy's name.</summary>
    public string Strategy => plan.Memory.Name;

    /// <summary>Calls and places.</summary>
    public MemoryPlan Plan => plan.LargestStep.Plan;

    /// <summary>The nodes, whose numbers are those of <c>densenet trace</c>.</summary>
    public Tape Tape => plan.LargestStep.Tape;

    /// <summary>The first call of the backward pass.</summary>
    public int FirstBackwardCall { get; } =
        plan.LargestStep.Plan.Calls.TakeWhile(call => call.Phase == Phase.Forward).Count();

    /// <summary>Live bytes during each call by role, of the roles that the arena holds, in their order.</summary>
    public IReadOnlyList<(StorageRole Role, long[] Bytes)> LiveBytesByRole { get; } =
    [
        .. plan.LargestStep.Plan.Placements.Select(placement => placement.Storage.Role).Distinct().Order()
            .Select(role => (role, plan.LargestStep.Plan.LiveBytes(placement => placement.Storage.Role == role))),
    ];
}
