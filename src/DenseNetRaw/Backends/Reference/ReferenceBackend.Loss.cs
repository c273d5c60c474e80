using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Reference;

/// <content>
/// Softmax and cross-entropy, with the largest logit taken off first so that no exponential overflows.
/// </content>
public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void SoftmaxCrossEntropy(
        Tensor logits, Tensor labels, Tensor loss, Tensor correct, Grant grant = default)
    {
        View X = new(logits);
        double sum = 0, hits = 0;
        for (int n = 0; n < logits.Shape.N; n++)
        {
            int label = Labels(labels)[n], best = LargestLogit(logits, n);
            double largest = X[n, best, 0, 0];
            sum += Math.Log(SumOfExponentials(logits, n, largest)) + (largest - X[n, label, 0, 0]);
            hits += best == label ? 1 : 0;
        }

        new View(loss)[0] = sum / logits.Shape.N;
        new View(correct)[0] = hits;
    }

    /// <inheritdoc/>
    public override void SoftmaxCrossEntropyBackward(
        Tensor logits, Tensor labels, Tensor dloss, Tensor dlogits, Grant grant = default)
    {
        View X = new(logits), DX = new(dlogits);
        double scale = new View(dloss)[0] / logits.Shape.N;
        ClearIf(grant.Stores, dlogits);
        for (int n = 0; n < logits.Shape.N; n++)
        {
            double largest = X[n, LargestLogit(logits, n), 0, 0], sum = SumOfExponentials(logits, n, largest);
            for (int c = 0; c < logits.Shape.C; c++)
            {
                double probability = Math.Exp(X[n, c, 0, 0] - largest) / sum;
                DX[n, c, 0, 0] += scale * (probability - (c == Labels(labels)[n] ? 1 : 0));
            }
        }
    }

    private static int LargestLogit(Tensor logits, int n)
    {
        View X = new(logits);
        int best = 0;
        for (int c = 1; c < logits.Shape.C; c++)
        {
            best = X[n, c, 0, 0] > X[n, best, 0, 0] ? c : best;
        }

        return best;
    }

    private static double SumOfExponentials(Tensor logits, int n, double largest)
    {
        View X = new(logits);
        double sum = 0;
        for (int c = 0; c < logits.Shape.C; c++)
        {
            sum += Math.Exp(X[n, c, 0, 0] - largest);
        }

        return sum;
    }
}
