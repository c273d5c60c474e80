using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Reference;

/// <summary>
/// One weight of a window over one row of y: which row of x it meets, and over which columns of y it stays inside x.
/// </summary>
internal readonly record struct Tap(
    int C, int R, int S, int RowOfY, int RowOfX, int FirstColumn, int EndColumn, int ColumnOffset);

/// <summary>
/// Every (channel, window row, window column, row of y) whose row of x lies inside the image, not in the padding.
/// </summary>
internal struct Taps(Shape x, Window window, Shape y)
{
    private int _c, _r, _s, _rowOfY = -1;

    /// <summary>The present one; column q of y meets column q·stride + ColumnOffset of x.</summary>
    public Tap Current { get; private set; }

    /// <summary>For foreach.</summary>
    public readonly Taps GetEnumerator() => this;

    /// <summary>Goes to the next one.</summary>
    public bool MoveNext()
    {
        while (Advance())
        {
            int rowOfX = (_rowOfY * window.Stride) + _r - window.Padding;
            if (rowOfX < 0 || rowOfX >= x.H)
            {
                continue;
            }

            int offset = _s - window.Padding;
            int first = Math.Max(0, (-offset + window.Stride - 1) / window.Stride);
            int end = Math.Min(y.W, (x.W - offset + window.Stride - 1) / window.Stride);
            Current = new Tap(_c, _r, _s, _rowOfY, rowOfX, first, end, offset);
            return true;
        }

        return false;
    }

    private bool Advance()
    {
        if (++_rowOfY == y.H)
        {
            _rowOfY = 0;
            if (++_s == window.Width)
            {
                _s = 0;
                if (++_r == window.Height)
                {
                    _r = 0;
                    _c++;
                }
            }
        }

        return _c < x.C;
    }
}
