using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <content>
/// Softmax and cross-entropy, in double and with the largest logit taken off first; a batch of logits is small.
/// </content>
public unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void SoftmaxCrossEntropy(
        Tensor logits, Tensor labels, Tensor loss, Tensor correct, Grant grant = default)
    {
        Planes x = new(logits);
        double sum = 0;
        int hits = 0;
        for (int n = 0; n < logits.Shape.N; n++)
        {
            ReadOnlySpan<float> row = new(x.Image(n), logits.Shape.C);
            int label = Labels(labels)[n], best = FirstLargest(row);
            sum += Math.Log(SumOfExponentials(row, row[best])) + row[best] - row[label];
            hits += best == label ? 1 : 0;
        }

        *Vector(loss) = (float)(sum / logits.Shape.N);
        *Vector(correct) = hits;
    }

    /// <inheritdoc/>
    public override void SoftmaxCrossEntropyBackward(
        Tensor logits, Tensor labels, Tensor dloss, Tensor dlogits, Grant grant = default)
    {
        Planes x = new(logits), dx = new(dlogits);
        double scale = (double)*Vector(dloss) / logits.Shape.N;
        for (int n = 0; n < logits.Shape.N; n++)
        {
            ReadOnlySpan<float> row = new(x.Image(n), logits.Shape.C);
            float* to = dx.Image(n);
            double largest = row[FirstLargest(row)], sum = SumOfExponentials(row, largest);
            for (int c = 0; c < row.Length; c++)
            {
                double probability = Math.Exp(row[c] - largest) / sum;
                double gradient = scale * (probability - (c == Labels(labels)[n] ? 1 : 0));
                to[c] = (float)(grant.Stores ? gradient : to[c] + gradient);
            }
        }
    }

    private static int FirstLargest(ReadOnlySpan<float> row)
    {
        int best = 0;
        for (int c = 1; c < row.Length; c++)
        {
            best = row[c] > row[best] ? c : best;
        }

        return best;
    }

    private static double SumOfExponentials(ReadOnlySpan<float> row, double largest)
    {
        double sum = 0;
        foreach (float logit in row)
        {
            sum += Math.Exp(logit - largest);
        }

        return sum;
    }
}
