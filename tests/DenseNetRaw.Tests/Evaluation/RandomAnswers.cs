using DenseNetRaw.Evaluation;

namespace DenseNetRaw.Tests.Evaluation;

/// <summary>Answers of exits that grow surer, of which many are equal.</summary>
internal static class RandomAnswers
{
    public static ExitAnswers Of(int seed, int exits, int images)
    {
        Random random = new(seed);
        double[,] confidences = new double[exits, images];
        int[,] answers = new int[exits, images];
        for (int exit = 0; exit < exits; exit++)
        {
            for (int image = 0; image < images; image++)
            {
                confidences[exit, image] = Math.Round(random.NextDouble(), seed % 2 == 0 ? 1 : 6);
                answers[exit, image] = random.Next(2);
            }
        }

        return new ExitAnswers(confidences, answers, answers, new int[images]);
    }
}
