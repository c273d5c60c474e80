namespace DenseNetRaw.Training;

/// <summary>A model on a data set.</summary>
/// <param name="Loss">Mean cross-entropy over the images; of a network with several exits the sum of theirs.</param>
/// <param name="Accuracy">Share of the images classified correctly, 0 to 1.</param>
/// <param name="Images">Images evaluated.</param>
/// <param name="ExitAccuracies">
/// The accuracy of each exit, of which the last is the answer; null of a network with one exit, and where steps go on
/// ahead of the host.
/// </param>
public readonly record struct EvaluationResult(
    double Loss, double Accuracy, int Images, IReadOnlyList<double>? ExitAccuracies = null);
