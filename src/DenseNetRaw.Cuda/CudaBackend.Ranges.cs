using DenseNetRaw.Backends;
using DenseNetRaw.Cuda.Native;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Cuda;

/// <content>
/// Ranges for profilers: a step; in the plays that make calls one by one, forward, backward, optimiser and each call.
/// </content>
public sealed partial class CudaBackend
{
    /// <summary>Where ranges are marked; null for nowhere.</summary>
    public NvtxRanges? Ranges { get; set; }

    private static string NameOf(Call call) =>
        call.Node is null ? call.Operation : $"{call.Operation} {call.Node.Outputs[0].Name}";

    private void InRange(string name, Action play)
    {
        if (Ranges is not { } ranges)
        {
            play();
            return;
        }

        ranges.Push(name);
        try
        {
            play();
        }
        finally
        {
            ranges.Pop();
        }
    }

    /// <remarks>Apart, since a method with a lambda allocates what it captures wherever it returns.</remarks>
    private void PlayInRange(MemoryPlan plan, StepEnds? ends, Action<Backend>? then) =>
        InRange(then is null ? "evaluation step" : "step", () => PlayUnmarked(plan, ends, then));

    /// <summary>The step's calls and what follows them.</summary>
    private void MakeCallsInRanges(MemoryPlan plan, Action<Backend>? then)
    {
        int forward = plan.Calls.TakeWhile(call => call.Phase == Phase.Forward).Count();
        InRange("forward", () => MakeCalls(plan.Calls.Take(forward)));
        if (forward < plan.Calls.Count)
        {
            InRange("backward", () => MakeCalls(plan.Calls.Skip(forward)));
        }

        if (then is not null)
        {
            InRange("optimiser", () => then(this));
        }
    }

    private void MakeCalls(IEnumerable<Call> calls)
    {
        foreach (Call call in calls)
        {
            InRange(NameOf(call), () => call.Play(this));
        }
    }
}
