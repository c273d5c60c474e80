namespace DenseNetRaw.Evaluation;

/// <summary>
/// What every exit of a network says of every image of a data set: from it, any rule of early exit can be simulated.
/// </summary>
public sealed class ExitAnswers
{
    private readonly double[,] _confidences;
    private readonly int[,] _answers, _ensemble;
    private readonly int[] _labels;

    /// <summary>Takes what the exits said, exit by exit.</summary>
    /// <param name="confidences">The largest softmax probability, [exits, images].</param>
    /// <param name="answers">The class that has it, [exits, images].</param>
    /// <param name="ensemble">The likeliest class by the mean softmax of this exit and those before it.</param>
    /// <param name="labels">The images' classes.</param>
    /// <exception cref="ArgumentException">The extents do not fit together.</exception>
    public ExitAnswers(double[,] confidences, int[,] answers, int[,] ensemble, int[] labels)
    {
        (int, int) extents = (confidences.GetLength(0), labels.Length);
        foreach (Array one in new Array[] { confidences, answers, ensemble })
        {
            if ((one.GetLength(0), one.GetLength(1)) != extents)
            {
                throw new ArgumentException(
                    $"exits' answers must be [{extents.Item1}, {extents.Item2}], found "
                    + $"[{one.GetLength(0)}, {one.GetLength(1)}]");
            }
        }

        (_confidences, _answers, _ensemble, _labels) = (confidences, answers, ensemble, labels);
    }

    /// <summary>The number of exits.</summary>
    public int Exits => _confidences.GetLength(0);

    /// <summary>The number of images.</summary>
    public int Images => _labels.Length;

    /// <summary>The largest softmax probability of an exit for an image.</summary>
    public double Confidence(int exit, int image) => _confidences[exit, image];

    /// <summary>The class that an exit gives an image.</summary>
    public int Answer(int exit, int image) => _answers[exit, image];

    /// <summary>Whether the class that an exit gives an image is its own.</summary>
    public bool IsCorrect(int exit, int image) => _answers[exit, image] == _labels[image];

    /// <summary>Share of the images that an exit classifies correctly.</summary>
    public double Accuracy(int exit) => Share(_answers, exit);

    /// <summary>Share that the mean softmax of an exit and those before it classifies correctly.</summary>
    public double EnsembleAccuracy(int exit) => Share(_ensemble, exit);

    private double Share(int[,] answers, int exit) =>
        (double)Enumerable.Range(0, Images).Count(image => answers[exit, image] == _labels[image]) / Images;
}
