using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Reference;

/// <content>Channel statistics, and the norm-relu that consumes them.</content>
public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void ChannelStatistics(Tensor x, Tensor mean, Tensor variance, Grant grant = default)
    {
        View X = new(x), Mean = new(mean), Variance = new(variance);
        double count = (double)x.Shape.N * x.Shape.Plane;
        for (int c = 0; c < x.Shape.C; c++)
        {
            double sum = 0;
            for (int n = 0; n < x.Shape.N; n++)
            {
                foreach (double value in X.Plane(n, c))
                {
                    sum += value;
                }
            }

            double mu = sum / count, squares = 0;
            for (int n = 0; n < x.Shape.N; n++)
            {
                foreach (double value in X.Plane(n, c))
                {
                    squares += (value - mu) * (value - mu);
                }
            }

            Mean[c] = mu;
            Variance[c] = squares / count;
        }
    }

    /// <inheritdoc/>
    public override void ChannelStatisticsBackward(
        Tensor x, Tensor mean, Tensor dmean, Tensor dvariance, Tensor dx, Grant grant = default)
    {
        View X = new(x), Mean = new(mean), DMean = new(dmean), DVariance = new(dvariance), DX = new(dx);
        double count = (double)x.Shape.N * x.Shape.Plane;
        ClearIf(grant.Stores, dx);
        for (int n = 0; n < x.Shape.N; n++)
        {
            for (int c = 0; c < x.Shape.C; c++)
            {
                ReadOnlySpan<double> from = X.Plane(n, c);
                Span<double> to = DX.Plane(n, c);
                for (int p = 0; p < from.Length; p++)
                {
                    to[p] += (DMean[c] + (2 * DVariance[c] * (from[p] - Mean[c]))) / count;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void NormRelu(Tensor x, Normalisation norm, Tensor y) => Normalise(x, norm, floor: 0, y);

    /// <inheritdoc/>
    public override void Norm(Tensor x, Normalisation norm, Tensor y) =>
        Normalise(x, norm, floor: double.NegativeInfinity, y);

    /// <inheritdoc/>
    public override void NormReluBackward(
        Tensor x, Normalisation norm, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant = default) =>
        NormaliseBackward(x, norm, floor: 0, dy, dx, dnorm, grant);

    /// <inheritdoc/>
    public override void NormBackward(
        Tensor x, Normalisation norm, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant = default) =>
        NormaliseBackward(x, norm, floor: double.NegativeInfinity, dy, dx, dnorm, grant);

    /// <inheritdoc/>
    public override void MoveRunningStatistics(
        Tensor mean, Tensor variance, long count, double momentum, Tensor? gate, Tensor runningMean,
        Tensor runningVariance)
    {
        if (gate is { } closable && IsClosed(closable))
        {
            return;
        }

        View Mean = new(mean), Variance = new(variance);
        View RunningMean = new(runningMean), RunningVariance = new(runningVariance);
        double unbiased = count / Math.Max(1.0, count - 1);
        for (int c = 0; c < mean.Shape.C; c++)
        {
            RunningMean[c] += momentum * (Mean[c] - RunningMean[c]);
            RunningVariance[c] += momentum * ((Variance[c] * unbiased) - RunningVariance[c]);
        }
    }

    /// <summary>y = max(floor, gamma · (x − mean) / √(variance + ε) + beta).</summary>
    private static void Normalise(Tensor x, Normalisation norm, double floor, Tensor y)
    {
        View X = new(x), Mean = new(norm.Mean), Variance = new(norm.Variance);
        View Gamma = new(norm.Gamma), Beta = new(norm.Beta), Y = new(y);
        for (int n = 0; n < x.Shape.N; n++)
        {
            for (int c = 0; c < x.Shape.C; c++)
            {
                double inverse = 1 / Math.Sqrt(Variance[c] + norm.Epsilon);
                ReadOnlySpan<double> from = X.Plane(n, c);
                Span<double> to = Y.Plane(n, c);
                for (int p = 0; p < from.Length; p++)
                {
                    double normalised = (from[p] - Mean[c]) * inverse;
                    to[p] = Math.Max(floor, (Gamma[c] * normalised) + Beta[c]);
                }
            }
        }
    }

    private void NormaliseBackward(
        Tensor x, Normalisation norm, double floor, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant)
    {
        View X = new(x), Mean = new(norm.Mean), Variance = new(norm.Variance);
        View Gamma = new(norm.Gamma), Beta = new(norm.Beta);
        View DY = new(dy), DX = new(dx), DMean = new(dnorm.Mean), DVariance = new(dnorm.Variance);
        View DGamma = new(dnorm.Gamma), DBeta = new(dnorm.Beta);
        ClearIf(grant.Stores, dx);
        for (int c = 0; c < x.Shape.C; c++)
        {
            double inverse = 1 / Math.Sqrt(Variance[c] + norm.Epsilon), sum = 0, sumNormalised = 0;
            for (int n = 0; n < x.Shape.N; n++)
            {
                ReadOnlySpan<double> from = X.Plane(n, c), gradient = DY.Plane(n, c);
                Span<double> to = DX.Plane(n, c);
                for (int p = 0; p < from.Length; p++)
                {
                    double normalised = (from[p] - Mean[c]) * inverse;
                    double g = (Gamma[c] * normalised) + Beta[c] > floor ? gradient[p] : 0;
                    to[p] += Gamma[c] * g * inverse;
                    sum += g;
                    sumNormalised += g * normalised;
                }
            }

            DGamma[c] += sumNormalised;
            DBeta[c] += sum;
            DMean[c] -= Gamma[c] * sum * inverse;
            DVariance[c] -= Gamma[c] * sumNormalised * inverse * inverse / 2;
        }
    }
}
