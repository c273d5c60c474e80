using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Reference;

/// <content>Average and maximum pooling.</content>
public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void AveragePool(Tensor x, Window window, Tensor y)
    {
        View X = new(x), Y = new(y);
        Fill(0, y);
        for (int n = 0; n < y.Shape.N; n++)
        {
            foreach (Tap tap in new Taps(x.Shape, window, y.Shape))
            {
                for (int q = tap.FirstColumn; q < tap.EndColumn; q++)
                {
                    Y[n, tap.C, tap.RowOfY, q] +=
                        X[n, tap.C, tap.RowOfX, (q * window.Stride) + tap.ColumnOffset]
                        / (window.Height * window.Width);
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void AveragePoolBackward(Tensor dy, Window window, Tensor dx, Grant grant = default)
    {
        View DY = new(dy), DX = new(dx);
        ClearIf(grant.Stores, dx);
        for (int n = 0; n < dy.Shape.N; n++)
        {
            foreach (Tap tap in new Taps(dx.Shape, window, dy.Shape))
            {
                for (int q = tap.FirstColumn; q < tap.EndColumn; q++)
                {
                    DX[n, tap.C, tap.RowOfX, (q * window.Stride) + tap.ColumnOffset] +=
                        DY[n, tap.C, tap.RowOfY, q] / (window.Height * window.Width);
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void MaxPool(Tensor x, Window window, Tensor y)
    {
        View X = new(x), Y = new(y);
        Fill(double.NegativeInfinity, y);
        for (int n = 0; n < y.Shape.N; n++)
        {
            foreach (Tap tap in new Taps(x.Shape, window, y.Shape))
            {
                for (int q = tap.FirstColumn; q < tap.EndColumn; q++)
                {
                    ref double maximum = ref Y[n, tap.C, tap.RowOfY, q];
                    maximum = Math.Max(maximum, X[n, tap.C, tap.RowOfX, (q * window.Stride) + tap.ColumnOffset]);
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void MaxPoolBackward(Tensor x, Tensor dy, Window window, Tensor dx, Grant grant = default)
    {
        View DY = new(dy), DX = new(dx);
        ClearIf(grant.Stores, dx);
        for (int n = 0; n < dy.Shape.N; n++)
        {
            for (int c = 0; c < dy.Shape.C; c++)
            {
                for (int p = 0; p < dy.Shape.H; p++)
                {
                    for (int q = 0; q < dy.Shape.W; q++)
                    {
                        int top = (p * window.Stride) - window.Padding, left = (q * window.Stride) - window.Padding;
                        (int h, int w) = FirstMaximum(x, n, c, top, left, window);
                        DX[n, c, h, w] += DY[n, c, p, q];
                    }
                }
            }
        }
    }

    private static (int H, int W) FirstMaximum(Tensor x, int n, int c, int top, int left, Window window)
    {
        View X = new(x);
        (int H, int W) best = (Math.Max(0, top), Math.Max(0, left));
        for (int h = Math.Max(0, top); h < Math.Min(x.Shape.H, top + window.Height); h++)
        {
            for (int w = Math.Max(0, left); w < Math.Min(x.Shape.W, left + window.Width); w++)
            {
                if (X[n, c, h, w] > X[n, c, best.H, best.W])
                {
                    best = (h, w);
                }
            }
        }

        return best;
    }
}
