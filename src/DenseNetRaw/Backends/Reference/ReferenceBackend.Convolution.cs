using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Reference;

/// <content>
/// Convolution: three loops over the same seven indices, each summing over those that its output has not.
/// </content>
public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Convolution(Tensor x, Tensor w, Window window, Tensor y, Grant grant = default)
    {
        View X = new(x), W = new(w), Y = new(y);
        Fill(0, y);
        for (int n = 0; n < y.Shape.N; n++)
        {
            for (int k = 0; k < y.Shape.C; k++)
            {
                foreach (Tap tap in new Taps(x.Shape, window, y.Shape))
                {
                    double weight = W[k, tap.C, tap.R, tap.S];
                    ReadOnlySpan<double> from = X.Row(n, tap.C, tap.RowOfX);
                    Span<double> to = Y.Row(n, k, tap.RowOfY);
                    for (int q = tap.FirstColumn; q < tap.EndColumn; q++)
                    {
                        to[q] += from[(q * window.Stride) + tap.ColumnOffset] * weight;
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void ConvolutionBackwardData(Tensor dy, Tensor w, Window window, Tensor dx, Grant grant = default)
    {
        View DY = new(dy), W = new(w), DX = new(dx);
        ClearIf(grant.Stores, dx);
        for (int n = 0; n < dy.Shape.N; n++)
        {
            for (int k = 0; k < dy.Shape.C; k++)
            {
                foreach (Tap tap in new Taps(dx.Shape, window, dy.Shape))
                {
                    double weight = W[k, tap.C, tap.R, tap.S];
                    ReadOnlySpan<double> from = DY.Row(n, k, tap.RowOfY);
                    Span<double> to = DX.Row(n, tap.C, tap.RowOfX);
                    for (int q = tap.FirstColumn; q < tap.EndColumn; q++)
                    {
                        to[(q * window.Stride) + tap.ColumnOffset] += from[q] * weight;
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void ConvolutionBackwardWeights(
        Tensor x, Tensor dy, Window window, Tensor dw, Grant grant = default)
    {
        View X = new(x), DY = new(dy), DW = new(dw);
        for (int n = 0; n < dy.Shape.N; n++)
        {
            for (int k = 0; k < dy.Shape.C; k++)
            {
                foreach (Tap tap in new Taps(x.Shape, window, dy.Shape))
                {
                    ReadOnlySpan<double> left = X.Row(n, tap.C, tap.RowOfX), right = DY.Row(n, k, tap.RowOfY);
                    double sum = 0;
                    for (int q = tap.FirstColumn; q < tap.EndColumn; q++)
                    {
                        sum += left[(q * window.Stride) + tap.ColumnOffset] * right[q];
                    }

                    DW[k, tap.C, tap.R, tap.S] += sum;
                }
            }
        }
    }
}
