namespace DenseNetRaw.Evaluation;

/// <summary>What early exit comes to on a data set whose answers are known.</summary>
/// <param name="Shares">Share of the images that leave at each exit.</param>
/// <param name="Accuracy">Share of the images whose exit classifies them correctly.</param>
/// <param name="MultiplyAdds">Multiply-adds an image, on average.</param>
public sealed record SimulatedExits(IReadOnlyList<double> Shares, double Accuracy, double MultiplyAdds)
{
    /// <summary>Lets every image leave where the thresholds say so.</summary>
    /// <param name="answers">What every exit says of every image.</param>
    /// <param name="thresholds">One an exit.</param>
    /// <param name="multiplyAdds">Those of an image that leaves at each exit.</param>
    public static SimulatedExits Of(
        ExitAnswers answers, ExitThresholds thresholds, IReadOnlyList<long> multiplyAdds)
    {
        int[] leaving = new int[answers.Exits];
        int correct = 0;
        for (int image = 0; image < answers.Images; image++)
        {
            int exit = thresholds.ExitOf(answers, image);
            leaving[exit]++;
            correct += answers.IsCorrect(exit, image) ? 1 : 0;
        }

        double[] shares = [.. leaving.Select(count => (double)count / answers.Images)];
        return new SimulatedExits(
            shares, (double)correct / answers.Images, shares.Zip(multiplyAdds, (share, cost) => share * cost).Sum());
    }
}
