namespace DenseNetRaw.Evaluation;

/// <summary>One exit of a network on a data set, as the place where every image leaves.</summary>
/// <param name="Exit">Its number, from 1.</param>
/// <param name="Accuracy">Share of the images that it classifies correctly.</param>
/// <param name="EnsembleAccuracy">Share that the mean softmax of it and the exits before it classifies correctly.</param>
/// <param name="MultiplyAdds">Multiply-adds of an image up to its logits.</param>
/// <param name="MillisecondsPerImage">Measured time of batches that stop there, over their images; null: not measured.</param>
/// <param name="ImagesPerSecond">Its inverse.</param>
public sealed record AnytimeExit(
    int Exit, double Accuracy, double EnsembleAccuracy, long MultiplyAdds, double? MillisecondsPerImage,
    double? ImagesPerSecond);
