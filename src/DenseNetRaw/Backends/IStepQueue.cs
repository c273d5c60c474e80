using DenseNetRaw.Data;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Backends;

/// <summary>
/// A backend whose device works while the host goes on: steps are begun ahead, on raw batches that the device makes
/// its input of, and say later what came of them. Steps end in the order they began.
/// </summary>
public interface IStepQueue
{
    /// <summary>How many steps may be under way.</summary>
    int Capacity { get; }

    /// <summary>Sends a batch and plays a step on it, with <see cref="Backend.Step"/> as it is now.</summary>
    /// <param name="batch">A raw one; its buffers may change at once.</param>
    /// <param name="plan">The step, bound to an arena.</param>
    /// <param name="ends">The step's ends.</param>
    /// <param name="then">As for <see cref="Backend.Play"/>.</param>
    /// <exception cref="InvalidOperationException">As many steps as there may be are under way.</exception>
    void Begin(Batch batch, MemoryPlan plan, StepEnds ends, Action<Backend>? then = null);

    /// <summary>Waits for the oldest step under way.</summary>
    /// <exception cref="InvalidOperationException">None is.</exception>
    (double Loss, int Correct) Finish();
}
