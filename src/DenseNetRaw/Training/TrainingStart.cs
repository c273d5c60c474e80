namespace DenseNetRaw.Training;

/// <summary>What is known of a run before its first step.</summary>
/// <param name="Epochs">Epochs of the run.</param>
/// <param name="StepsPerEpoch">Batches of the training images.</param>
/// <param name="TotalSteps">Steps of the run.</param>
/// <param name="TrainingImages">Images trained on in an epoch.</param>
/// <param name="EvaluationImages">Images evaluated after an epoch.</param>
/// <param name="Parameters">Numbers that the optimiser updates.</param>
/// <param name="Memory">What the session's memory was planned to be.</param>
public sealed record TrainingStart(
    int Epochs,
    int StepsPerEpoch,
    long TotalSteps,
    int TrainingImages,
    int EvaluationImages,
    long Parameters,
    PlannedMemory Memory)
{
    /// <summary>Steps of an epoch, of which the last of a run may have fewer; the first epoch is 1.</summary>
    public int StepsOf(int epoch) => (int)Math.Clamp(TotalSteps - ((epoch - 1L) * StepsPerEpoch), 0, StepsPerEpoch);
}
