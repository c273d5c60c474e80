using DenseNetRaw.Autograd;
using DenseNetRaw.Data;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Backends;

/// <summary>
/// A backend whose device works while the host goes on: steps are begun ahead, on raw batches that the device makes
/// its input of, and say later what came of them.
/// </summary>
public interface IStepQueue
{
    /// <summary>How many steps may be under way.</summary>
    int Capacity { get; }

    /// <summary>Bytes of the device that batches of these images take on their way, outside the arena.</summary>
    /// <param name="images">[N, 3, H, W], of the largest batch.</param>
    long StagingBytes(Shape images);

    /// <summary>Sends a batch and plays a step on it, with <see cref="Backend.Step"/> as it is now.</summary>
    /// <param name="batch">A raw one; its buffers may change at once.</param>
    /// <param name="plan">The step, bound to an arena.</param>
    /// <param name="ends">The step's ends.</param>
    /// <param name="then">As for <see cref="Backend.Play"/>.</param>
    /// <returns>The step's number, by which it is finished.</returns>
    /// <exception cref="InvalidOperationException">As many steps as there may be are under way.</exception>
    long Begin(Batch batch, MemoryPlan plan, StepEnds ends, Action<Backend>? then = null);

    /// <summary>Waits for a step, and says what came of it; squares are 0 where the step's ends have none.</summary>
    /// <param name="step">Its number.</param>
    /// <exception cref="InvalidOperationException">It is not under way.</exception>
    (double Loss, int Correct, double Squares) Finish(long step);

    /// <summary>Gives up a step: nobody will ask what came of it.</summary>
    /// <param name="step">Its number.</param>
    void Abandon(long step);
}
