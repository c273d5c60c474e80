namespace DenseNetRaw.Evaluation;

/// <summary>What the logits of one image say: the likeliest class, and how likely it is.</summary>
internal static class Softmax
{
    /// <summary>The class of the largest logit; the first, where several are equal.</summary>
    public static int Answer(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int c = 1; c < logits.Length; c++)
        {
            best = logits[c] > logits[best] ? c : best;
        }

        return best;
    }

    /// <summary>The largest softmax probability: 1 / Σ exp(logit − largest). NaN where a logit is one.</summary>
    public static double Confidence(ReadOnlySpan<float> logits)
    {
        double largest = logits[Answer(logits)], sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        return 1 / sum;
    }

    /// <summary>sums[c] += softmax(logits)[c].</summary>
    public static void AddTo(Span<double> sums, ReadOnlySpan<float> logits)
    {
        double largest = logits[Answer(logits)], confidence = Confidence(logits);
        for (int c = 0; c < logits.Length; c++)
        {
            sums[c] += confidence * Math.Exp(logits[c] - largest);
        }
    }
}
