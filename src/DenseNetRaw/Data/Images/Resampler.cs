namespace DenseNetRaw.Data.Images;

/// <summary>
/// Scales images: bilinear between pixels where they grow, a triangle over all pixels that become one where they shrink
/// ("antialias"), across and then down, each rounded to bytes. The same bytes as PIL's <c>Image.resize</c> with
/// <c>BILINEAR</c> (Pillow, src/libImaging/Resample.c). Only the rows and columns of the window are computed.
/// </summary>
internal sealed class Resampler
{
    private const int Channels = ImageDataset.Channels;
    private const int Half = 1 << (ResampleAxis.FractionBits - 1);
    private readonly ResampleAxis _across = new(), _down = new();
    private byte[] _rows = [];

    /// <summary>Takes a window of a scaled image.</summary>
    /// <param name="image">[H, W, 3].</param>
    /// <param name="window">Which part, scaled to what, and where the window lies.</param>
    /// <param name="height">Rows of the window.</param>
    /// <param name="width">Columns of the window.</param>
    /// <param name="y">[3, height, width].</param>
    public void Resize(DecodedImage image, in ImageWindow window, int height, int width, Span<byte> y)
    {
        _across.Set(window.Width, window.ScaledWidth, window.WindowLeft, width);
        _down.Set(window.Height, window.ScaledHeight, window.WindowTop, height);
        int rowBytes = Channels * width, rows = _down.End - _down.Begin;
        if (_rows.Length < (long)rows * rowBytes)
            _rows = GC.AllocateUninitializedArray<byte>(checked(rows * rowBytes));
        for (int row = 0; row < rows; row++)
        {
            int at = ((window.Top + _down.Begin + row) * image.Width) + window.Left;
            Across(image.Pixels.AsSpan(Channels * at, Channels * window.Width), _rows.AsSpan(row * rowBytes, rowBytes));
        }

        for (int row = 0; row < height; row++)
            Down(row, rowBytes, window.Flip, y, height * width);
    }

    /// <summary>A row of [W, 3] made narrower or wider.</summary>
    private void Across(ReadOnlySpan<byte> x, Span<byte> y)
    {
        for (int output = 0; output < y.Length / Channels; output++)
        {
            ReadOnlySpan<int> weights = _across.Weights(output, out int first);
            int red = Half, green = Half, blue = Half;
            ReadOnlySpan<byte> from = x.Slice(Channels * first, Channels * weights.Length);
            for (int i = 0; i < weights.Length; i++)
            {
                red += weights[i] * from[Channels * i];
                green += weights[i] * from[(Channels * i) + 1];
                blue += weights[i] * from[(Channels * i) + 2];
            }

            y[Channels * output] = ToByte(red);
            y[(Channels * output) + 1] = ToByte(green);
            y[(Channels * output) + 2] = ToByte(blue);
        }
    }

    /// <summary>A row of the output, from the rows that <see cref="Across"/> made.</summary>
    private void Down(int row, int rowBytes, bool flip, Span<byte> y, int plane)
    {
        ReadOnlySpan<int> weights = _down.Weights(row, out int first);
        ReadOnlySpan<byte> from = _rows.AsSpan((first - _down.Begin) * rowBytes, weights.Length * rowBytes);
        int width = rowBytes / Channels;
        for (int column = 0; column < width; column++)
        {
            int at = (row * width) + (flip ? width - 1 - column : column);
            for (int channel = 0; channel < Channels; channel++)
            {
                int sum = Half;
                for (int i = 0; i < weights.Length; i++)
                    sum += weights[i] * from[(i * rowBytes) + (Channels * column) + channel];
                y[(channel * plane) + at] = ToByte(sum);
            }
        }
    }

    private static byte ToByte(int sum) => (byte)Math.Clamp(sum >> ResampleAxis.FractionBits, 0, byte.MaxValue);
}
