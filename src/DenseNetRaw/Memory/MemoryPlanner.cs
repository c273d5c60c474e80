using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Memory;

/// <summary>
/// Turns a tape into a plan: plays it on a tracing backend, which sees when each storage holds something, and gives
/// every storage its place in one arena. Scratch and workspaces share places in every strategy, what a strategy without
/// reuse keeps does not.
/// </summary>
public static class MemoryPlanner
{
    private const long Alignment = 64;

    /// <summary>Plans one step: forward, and backward from <paramref name="loss"/> unless that is null.</summary>
    /// <param name="tape">The recorded step.</param>
    /// <param name="backend">The backend that will play it; it is asked for sizes alone.</param>
    /// <param name="loss">
    /// What is differentiated: a number [1, 1, 1, 1], or else the sum of its elements, as its gradient starts as ones.
    /// </param>
    public static MemoryPlan Plan(Tape tape, Backend backend, Variable? loss = null)
    {
        using Tracing trace = new(backend);
        tape.Forward(trace);
        if (loss is not null)
        {
            tape.Backward(trace, loss);
        }

        trace.Finish();
        List<Placement> placements = [];
        foreach ((Storage storage, List<Lifetime> lifetimes) in trace.Lifetimes)
        {
            long bytes = (backend.BytesOf(storage.Shape, storage.Role) + Alignment - 1) / Alignment * Alignment;
            bool isShared = tape.Memory.ReusesStorage || storage.Role.IsTransient();
            placements.Add(new Placement(storage, lifetimes, bytes, isShared));
        }

        return new MemoryPlan(trace.Calls, Arena.Place(placements));
    }
}
