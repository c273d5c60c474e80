namespace DenseNetRaw.Evaluation;

/// <summary>
/// How sure each exit must be of an image to be its last: the image leaves at the first exit whose largest softmax
/// probability is at least the exit's threshold, and at the last exit in any case.
/// Huang et al. 2018, arXiv:1703.09844, §4.
/// </summary>
public sealed class ExitThresholds
{
    private readonly double[] _values;

    /// <summary>Thresholds of all exits but the last.</summary>
    /// <param name="values">Positive infinity where no image leaves.</param>
    /// <exception cref="ArgumentException">One of them is no number.</exception>
    public ExitThresholds(IEnumerable<double> values)
    {
        _values = [.. values, double.NegativeInfinity];
        if (_values.Any(double.IsNaN))
        {
            throw new ArgumentException("a threshold must be a number, found one that is not");
        }
    }

    /// <summary>The number of exits.</summary>
    public int Exits => _values.Length;

    /// <summary>A threshold an exit; the last is negative infinity.</summary>
    public IReadOnlyList<double> Values => _values;

    /// <summary>Every image leaves at one exit.</summary>
    public static ExitThresholds StoppingAt(int exit, int exits) => new(
        Enumerable.Range(0, exits - 1)
            .Select(e => e < exit ? double.PositiveInfinity : double.NegativeInfinity));

    /// <summary>
    /// Fits thresholds so that of n images the floor(n · shares[k]) surest ones of those that are still there leave at
    /// exit k: the rule of MSDNet's authors (MSDNet-PyTorch, adaptive_inference.py).
    /// </summary>
    /// <param name="validation">What the exits say of images that the network was not trained on.</param>
    /// <param name="shares">Share of the images that are to leave at each exit.</param>
    /// <exception cref="ArgumentException">There is not one share an exit.</exception>
    public static ExitThresholds Fit(ExitAnswers validation, IReadOnlyList<double> shares)
    {
        if (shares.Count != validation.Exits)
        {
            throw new ArgumentException($"expected {validation.Exits} shares, one an exit, found {shares.Count}");
        }

        List<int> staying = [.. Enumerable.Range(0, validation.Images)];
        double[] values = new double[shares.Count - 1];
        for (int exit = 0; exit < values.Length; exit++)
        {
            int k = exit, leaving = (int)Math.Floor(validation.Images * shares[k]);
            double[] surest = [.. staying.Select(image => validation.Confidence(k, image)).OrderDescending()];
            values[k] = leaving >= 1 && leaving <= surest.Length ? surest[leaving - 1] : double.PositiveInfinity;
            staying.RemoveAll(image => validation.Confidence(k, image) >= values[k]);
        }

        return new ExitThresholds(values);
    }

    /// <summary>Whether an image leaves at an exit that is so sure of it.</summary>
    public bool Leaves(int exit, double confidence) => exit == _values.Length - 1 || confidence >= _values[exit];

    /// <summary>The exit at which an image leaves.</summary>
    public int ExitOf(ExitAnswers answers, int image)
    {
        int exit = 0;
        while (!Leaves(exit, answers.Confidence(exit, image)))
        {
            exit++;
        }

        return exit;
    }

    /// <summary>Whether no image leaves at an exit, however sure that is.</summary>
    internal bool IsClosed(int exit) => _values[exit] > 1;
}
