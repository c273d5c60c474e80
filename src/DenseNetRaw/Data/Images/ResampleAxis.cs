namespace DenseNetRaw.Data.Images;

/// <summary>
/// The weights of one direction of <see cref="Resampler"/>: for each output the inputs under a triangle around its
/// centre, as wide as the scale (but at least one input to each side), clipped at the edges, in whole numbers that sum
/// to 2^22. Buffers are used again.
/// </summary>
internal sealed class ResampleAxis
{
    /// <summary>Bits behind the point of a weight; with 8 of a pixel and 2 to spare they fill 32.</summary>
    public const int FractionBits = 22;

    private double[] _real = [];
    private int[] _weights = [];
    private int[] _first = [];
    private int[] _counts = [];
    private int _stride;

    /// <summary>The first input that any output reads.</summary>
    public int Begin { get; private set; }

    /// <summary>One after the last input that any output reads.</summary>
    public int End { get; private set; }

    /// <summary>Computes the weights for the outputs from <paramref name="first"/> on.</summary>
    /// <param name="inputs">Pixels before.</param>
    /// <param name="outputs">Pixels that they would become in all.</param>
    /// <param name="first">The first of those that are wanted.</param>
    /// <param name="count">How many are wanted.</param>
    public void Set(int inputs, int outputs, int first, int count)
    {
        double scale = (double)inputs / outputs, support = Math.Max(scale, 1);
        _stride = ((int)Math.Ceiling(support) * 2) + 1;
        if (_weights.Length < (long)count * _stride)
            _weights = new int[checked(count * _stride)];
        if (_first.Length < count)
            (_first, _counts) = (new int[count], new int[count]);
        if (_real.Length < _stride)
            _real = new double[_stride];
        (Begin, End) = (inputs, 0);
        for (int output = 0; output < count; output++)
        {
            double centre = (first + output + 0.5) * scale;
            int from = Math.Max((int)(centre - support + 0.5), 0);
            int to = Math.Min((int)(centre + support + 0.5), inputs);
            (_first[output], _counts[output]) = (from, to - from);
            SetWeights(_weights.AsSpan(output * _stride, to - from), from, centre, 1 / support);
            (Begin, End) = (Math.Min(Begin, from), Math.Max(End, to));
        }
    }

    /// <summary>The inputs of an output: the first, and the weight of each.</summary>
    public ReadOnlySpan<int> Weights(int output, out int first)
    {
        first = _first[output];
        return _weights.AsSpan(output * _stride, _counts[output]);
    }

    private void SetWeights(Span<int> weights, int first, double centre, double slope)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            _real[i] = Math.Max(0, 1 - Math.Abs((i + first - centre + 0.5) * slope));
            sum += _real[i];
        }

        for (int i = 0; i < weights.Length; i++)
            weights[i] = (int)(0.5 + (_real[i] / sum * (1 << FractionBits)));
    }
}
