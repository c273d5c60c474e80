namespace DenseNetRaw.Cli;

/// <summary>The median of the last 20 values and the mean of all, as torchvision's logger shows them.</summary>
internal sealed class SmoothedValue
{
    private const int Window = 20;
    private readonly Queue<double> _last = new(Window);
    private double _sum, _weights;

    /// <summary>The median of the last 20 values.</summary>
    public double Median => _last.Order().ElementAt((_last.Count - 1) / 2);

    /// <summary>The weighted mean of all values.</summary>
    public double Mean => _sum / _weights;

    /// <summary>Takes a value in.</summary>
    public void Add(double value, double weight = 1)
    {
        if (_last.Count == Window)
            _last.Dequeue();
        _last.Enqueue(value);
        _sum += value * weight;
        _weights += weight;
    }
}
