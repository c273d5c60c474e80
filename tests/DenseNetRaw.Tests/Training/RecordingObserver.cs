using DenseNetRaw.Training;

namespace DenseNetRaw.Tests.Training;

/// <summary>Keeps all that a trainer tells.</summary>
internal sealed class RecordingObserver(Action<StepReport>? stepEnded = null) : ITrainingObserver
{
    public TrainingStart? Start { get; private set; }

    public List<StepReport> Steps { get; } = [];

    public List<int> Evaluated { get; } = [];

    public List<EpochReport> Epochs { get; } = [];

    public TrainingSummary? Summary { get; private set; }

    public void Started(TrainingStart start) => Start = start;

    public void StepEnded(in StepReport report)
    {
        Steps.Add(report);
        stepEnded?.Invoke(report);
    }

    public void EvaluationAdvanced(int images, int ofImages) => Evaluated.Add(images);

    public void EpochEnded(EpochReport report) => Epochs.Add(report);

    public void Ended(TrainingSummary summary) => Summary = summary;
}
