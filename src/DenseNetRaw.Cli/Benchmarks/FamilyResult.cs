namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>A model that <c>bench family</c> trained and measured. Errors are shares from 0 to 1.</summary>
/// <param name="Model">The model, with the flags that change it.</param>
/// <param name="Parameters">Elements of the parameters that evaluation has, without heads of training alone.</param>
/// <param name="MultiplyAdds">Of one image's forward pass.</param>
/// <param name="Epochs">Epochs trained.</param>
/// <param name="IsStopped">Whether the time was up before the last epoch.</param>
/// <param name="TestError">Of the weights of the end.</param>
/// <param name="BestTestError">After the best epoch.</param>
/// <param name="BestEpoch">The number of that epoch; 0 if none was finished.</param>
/// <param name="TrainError">Of the last epoch, each image as its step saw it; null if none was finished.</param>
/// <param name="TrainStepMilliseconds">Median of the run, with waiting for data; null without steps.</param>
/// <param name="EvaluationMillisecondsPerImage">Median of steps on noise, over the images of a batch.</param>
/// <param name="Seconds">Wall-clock time of the training, with evaluations.</param>
/// <param name="PlannedPeakBytes">The arena of the run.</param>
/// <param name="PlannedTotalBytes">It, and parameters, gradients, momentum and running statistics.</param>
/// <param name="ResidentPeakBytes">The most memory that the training process has had resident, on the host.</param>
/// <param name="Exits">What each exit costs and how often it is wrong.</param>
internal sealed record FamilyResult(
    string Model,
    long Parameters,
    long MultiplyAdds,
    int Epochs,
    bool IsStopped,
    double TestError,
    double BestTestError,
    int BestEpoch,
    double? TrainError,
    double? TrainStepMilliseconds,
    double EvaluationMillisecondsPerImage,
    double Seconds,
    long PlannedPeakBytes,
    long PlannedTotalBytes,
    long ResidentPeakBytes,
    IReadOnlyList<FamilyExit> Exits);
