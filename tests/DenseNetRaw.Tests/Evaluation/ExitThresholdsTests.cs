using DenseNetRaw.Evaluation;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Evaluation;

/// <summary>Thresholds as MSDNet's authors fit them.</summary>
public sealed class ExitThresholdsTests
{
    [Test]
    public void Fit_OfFourImagesAtThreeExits_IsTheHandWorkedExample()
    {
        // Half of four leave at exit 1: the two surest, 0.9 and 0.8. Of the other two, the surer one leaves at exit 2
        // (0.75); those that have left are surer there still, and count no more.
        ExitAnswers answers = Answers(new[,] { { .9, .6, .8, .5 }, { .99, .7, .98, .75 }, { .5, .5, .5, .5 } });
        ExitThresholds thresholds = ExitThresholds.Fit(answers, [0.5, 0.25, 0.25]);
        Assert.That(thresholds.Values, Is.EqualTo(new[] { 0.8, 0.75, double.NegativeInfinity }));
        Assert.That(
            Enumerable.Range(0, 4).Select(image => thresholds.ExitOf(answers, image)),
            Is.EqualTo(new[] { 0, 2, 0, 1 }));
        SimulatedExits simulated = SimulatedExits.Of(answers, thresholds, [10, 20, 40]);
        Assert.That(simulated.Shares, Is.EqualTo(new[] { 0.5, 0.25, 0.25 }));
        Assert.That(simulated.MultiplyAdds, Is.EqualTo(5 + 5 + 10));
    }

    [Test]
    public void Fit_WithAShareOfLessThanOneImage_LetsNoneLeave()
    {
        ExitAnswers answers = Answers(new[,] { { 1.0, 1.0 }, { 1.0, 1.0 } });
        ExitThresholds thresholds = ExitThresholds.Fit(answers, [0.49, 0.51]);
        Assert.That(thresholds.Values[0], Is.EqualTo(double.PositiveInfinity));
        Assert.That(thresholds.ExitOf(answers, 0), Is.EqualTo(1));
    }

    [Test]
    public void Fit_OfAnyAnswers_IsTheAuthorsLoop()
    {
        for (int seed = 0; seed < LongForm.Count(40, 1000); seed++)
        {
            ExitAnswers answers = RandomAnswers.Of(seed, exits: 2 + (seed % 5), images: 1 + (seed * 7 % 60));
            foreach (double q in new[] { 0.05, 0.5, 1, 1.3, 1.95 })
            {
                IReadOnlyList<double> shares = ExitShares.Of(q, answers.Exits);
                Assert.That(
                    ExitThresholds.Fit(answers, shares).Values.SkipLast(1),
                    Is.EqualTo(Authors(answers, shares).SkipLast(1).Select(
                        t => t == 1e8 ? double.PositiveInfinity : t)));
            }
        }
    }

    [Test]
    public void Fit_WithSharesOfOtherExits_IsRefused() => Assert.That(
        () => ExitThresholds.Fit(RandomAnswers.Of(1, 3, 5), [0.5, 0.5]),
        Throws.ArgumentException.With.Message.Contains("expected 3 shares").And.Message.Contains("found 2"));

    /// <summary>dynamic_eval_find_threshold of MSDNet-PyTorch's adaptive_inference.py, line by line.</summary>
    private static double[] Authors(ExitAnswers answers, IReadOnlyList<double> p)
    {
        int stages = answers.Exits, samples = answers.Images;
        double[] t = [.. Enumerable.Repeat(1e8, stages)];
        double[] filtered = new double[samples];
        for (int k = 0; k < stages - 1; k++)
        {
            int[] sorted = [.. Enumerable.Range(0, samples).OrderByDescending(i => answers.Confidence(k, i))];
            int count = 0, leaving = (int)Math.Floor(samples * p[k]);
            for (int i = 0; i < samples; i++)
            {
                if (filtered[sorted[i]] == 0)
                {
                    count++;
                    if (count == leaving)
                    {
                        t[k] = answers.Confidence(k, sorted[i]);
                        break;
                    }
                }
            }

            for (int i = 0; i < samples; i++)
                filtered[i] += answers.Confidence(k, i) >= t[k] ? 1 : 0;
        }

        t[stages - 1] = -1e8;
        return t;
    }

    private static ExitAnswers Answers(double[,] confidences)
    {
        int[,] zeros = new int[confidences.GetLength(0), confidences.GetLength(1)];
        return new ExitAnswers(confidences, zeros, zeros, new int[confidences.GetLength(1)]);
    }
}
