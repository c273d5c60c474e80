namespace DenseNetRaw.Training;

/// <summary>
/// Sees a training run go by: progress displays, metrics files. Called on the training thread, between steps.
/// </summary>
public interface ITrainingObserver
{
    /// <summary>All is planned and allocated; the first step comes next.</summary>
    void Started(TrainingStart start)
    {
    }

    /// <summary>A step was played.</summary>
    void StepEnded(in StepReport report)
    {
    }

    /// <summary>Some of the images of the evaluation at an epoch's end are done.</summary>
    void EvaluationAdvanced(int images, int ofImages)
    {
    }

    /// <summary>An epoch and its evaluation are done.</summary>
    void EpochEnded(EpochReport report)
    {
    }

    /// <summary>A checkpoint is to be saved: between two steps, none of which is under way.</summary>
    /// <param name="trainer">Where it stands is its <see cref="Trainer.Position"/>.</param>
    /// <param name="testAccuracy">Of the weights as they are, at the end of an epoch.</param>
    void CheckpointDue(Trainer trainer, double? testAccuracy)
    {
    }

    /// <summary>The run is over, at its end or because it was asked to stop; not called when it failed.</summary>
    void Ended(TrainingSummary summary)
    {
    }
}
