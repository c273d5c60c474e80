using DenseNetRaw.Cuda.Native;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cuda;

/// <summary>Marks each epoch with its evaluation as a range for profilers.</summary>
/// <param name="ranges">Where ranges are marked.</param>
public sealed class EpochRanges(NvtxRanges ranges) : ITrainingObserver
{
    private const string Name = "epoch";
    private long _steps, _played;
    private bool _isOpen;

    /// <inheritdoc/>
    public void Started(TrainingStart start)
    {
        _steps = start.TotalSteps;
        Open();
    }

    /// <inheritdoc/>
    public void StepEnded(in StepReport report) => _played = report.Step;

    /// <inheritdoc/>
    public void EpochEnded(EpochReport report)
    {
        Close();
        if (_played < _steps)
            Open();
    }

    /// <inheritdoc/>
    public void Ended(TrainingSummary summary)
    {
        if (_isOpen)
            Close();
    }

    private void Open()
    {
        ranges.Push(Name);
        _isOpen = true;
    }

    private void Close()
    {
        ranges.Pop();
        _isOpen = false;
    }
}
