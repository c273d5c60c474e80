namespace DenseNetRaw.Evaluation;

/// <summary>One exit of a network on a data set, as the place where every image leaves.</summary>
/// <param name="Exit">Its number, from 1.</param>
/// <param name="Accuracy">Share of the images that it classifies correctly.</param>
/// <param name="EnsembleAccuracy">Share of which it is right with the mean softmax of exits 1 to this.</param>
/// <param name="MultiplyAdds">Multiply-adds of an image up to its logits.</param>
/// <param name="Operations">The same with ReLU, pooling and biases, as MSDNet's authors count.</param>
/// <param name="MillisecondsPerImage">Measured: batches that stop there, time over images; or null.</param>
/// <param name="ImagesPerSecond">Its inverse.</param>
public sealed record AnytimeExit(
    int Exit, double Accuracy, double EnsembleAccuracy, long MultiplyAdds, long Operations,
    double? MillisecondsPerImage, double? ImagesPerSecond);
