using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Memory;

/// <summary>Brings tensors to the host to be looked at, one at a time, in a buffer that grows with them.</summary>
/// <param name="backend">Where the tensors are.</param>
internal sealed class HostCopy(Backend backend)
{
    private double[] _values = [];

    /// <summary>The tensor's values in order [N, C, H, W]; good until the next are asked for.</summary>
    public ReadOnlySpan<double> Of(Tensor tensor)
    {
        int count = checked((int)tensor.Shape.Count);
        if (_values.Length < count)
        {
            _values = new double[count];
        }

        Span<double> values = _values.AsSpan(0, count);
        backend.Download(tensor, values);
        return values;
    }
}
