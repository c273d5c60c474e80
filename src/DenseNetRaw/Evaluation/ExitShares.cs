using System.Globalization;

namespace DenseNetRaw.Evaluation;

/// <summary>
/// Shares of the images that are to leave at each exit: share k ∝ q^k. Small q lets most leave early, q = 1 as many at
/// each exit, large q keeps most to the end (Huang et al. 2018, arXiv:1703.09844, §4, and MSDNet-PyTorch, main.py).
/// </summary>
public static class ExitShares
{
    /// <summary>Beyond it, the shares of all exits but one are 0 in 64 bits.</summary>
    private const double LargestLogarithm = 750;

    /// <summary>The authors' sweep: q = p / 20, p = 1 … 39.</summary>
    public static IReadOnlyList<double> Sweep { get; } = [.. Enumerable.Range(1, 39).Select(p => p / 20.0)];

    /// <summary>The shares of so many exits, which sum to 1.</summary>
    /// <param name="q">From 0, all at the first exit, to infinity, all at the last.</param>
    /// <param name="exits">How many exits there are.</param>
    public static IReadOnlyList<double> Of(double q, int exits)
    {
        // Relative to the largest power, so that none overflows.
        double logarithm = Math.Clamp(Math.Log(q), -LargestLogarithm, LargestLogarithm);
        double[] powers =
            [.. Enumerable.Range(0, exits).Select(k => Math.Exp(logarithm * (q > 1 ? k - exits + 1 : k)))];
        double sum = powers.Sum();
        return [.. powers.Select(power => power / sum)];
    }

    /// <summary>q with which an image costs as many multiply-adds as the budget, on average: Σ share k · C_k.</summary>
    /// <param name="budget">Multiply-adds an image.</param>
    /// <param name="multiplyAdds">C_k, those of an image that leaves at exit k.</param>
    /// <exception cref="ArgumentException">It is below the first exit's or above the last's.</exception>
    public static double QFor(double budget, IReadOnlyList<long> multiplyAdds)
    {
        if (!(budget >= multiplyAdds[0] && budget <= multiplyAdds[^1]))
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"expected a budget between the multiply-adds of the first exit and the last, {multiplyAdds[0]} "
                + $"({100.0 * multiplyAdds[0] / multiplyAdds[^1]:F1}%) and {multiplyAdds[^1]}, found {budget:F0}"));
        }

        (double below, double above) = (-LargestLogarithm, LargestLogarithm);
        while (true)
        {
            double middle = (below + above) / 2;
            if (middle <= below || middle >= above)
            {
                return Math.Exp(Math.Min(middle, 700));
            }

            if (Cost(middle) < budget)
            {
                below = middle;
            }
            else
            {
                above = middle;
            }
        }

        double Cost(double logarithm) =>
            Of(Math.Exp(logarithm), multiplyAdds.Count).Zip(multiplyAdds, (share, cost) => share * cost).Sum();
    }
}
