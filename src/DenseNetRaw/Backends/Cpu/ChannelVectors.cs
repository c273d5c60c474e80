namespace DenseNetRaw.Backends.Cpu;

/// <summary>The four vectors of a <see cref="Normalisation"/> where they lie, for work items to read.</summary>
internal readonly unsafe struct ChannelVectors
{
    private readonly float* _mean, _variance, _gamma, _beta;
    private readonly double _epsilon;

    public ChannelVectors(in Normalisation norm)
    {
        _mean = new Planes(norm.Mean).First;
        _variance = new Planes(norm.Variance).First;
        _gamma = new Planes(norm.Gamma).First;
        _beta = new Planes(norm.Beta).First;
        _epsilon = norm.Epsilon;
    }

    /// <summary>What channel c is normalised with.</summary>
    public ChannelNorm this[int c] => new(_mean[c], (float)(_gamma[c] * Inverse(c)), _beta[c]);

    /// <summary>Those of the first <paramref name="count"/> channels.</summary>
    public void Write(int count, ChannelNorm* channels)
    {
        for (int c = 0; c < count; c++)
        {
            channels[c] = this[c];
        }
    }

    /// <summary>
    /// Given sum = Σ g and centred = Σ g · (x − mean) over channel c: dgamma += Σ g·x̂, dbeta += Σ g, and the parts
    /// that this consumer adds to the gradients of mean and variance.
    /// </summary>
    /// <param name="c">The channel.</param>
    /// <param name="sum">Σ g.</param>
    /// <param name="centred">Σ g · (x − mean).</param>
    /// <param name="gradients">The four gradients.</param>
    public void AddGradients(int c, double sum, double centred, ChannelVectors gradients)
    {
        double inverse = Inverse(c), gamma = _gamma[c], normalised = centred * inverse;
        gradients._gamma[c] += (float)normalised;
        gradients._beta[c] += (float)sum;
        gradients._mean[c] -= (float)(gamma * sum * inverse);
        gradients._variance[c] -= (float)(gamma * normalised * inverse * inverse / 2);
    }

    private double Inverse(int c) => 1 / Math.Sqrt(_variance[c] + _epsilon);
}
