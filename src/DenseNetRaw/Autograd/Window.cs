namespace DenseNetRaw.Autograd;

/// <summary>
/// The window that a convolution or pooling slides over an image, with zeros (or nothing, for a maximum) around it.
/// </summary>
/// <param name="Height">Rows of the window, R.</param>
/// <param name="Width">Columns of the window, S.</param>
/// <param name="Stride">Pixels from one position to the next.</param>
/// <param name="Padding">Pixels added on each side.</param>
public readonly record struct Window(int Height, int Width, int Stride = 1, int Padding = 0)
{
    /// <summary>
    /// The extents after sliding the window over <paramref name="x"/>, with <paramref name="channels"/> channels.
    /// </summary>
    public Shape Over(Shape x, int channels) => new(
        x.N, channels, ((x.H + (2 * Padding) - Height) / Stride) + 1, ((x.W + (2 * Padding) - Width) / Stride) + 1);

    /// <summary>
    /// Whether the window fits into the padded image at least once, and no position lies wholly in the padding.
    /// </summary>
    public bool Fits(Shape x) => Height >= 1 && Width >= 1 && Stride >= 1 && Padding >= 0
        && Padding < Math.Max(Height, 1) && Padding < Math.Max(Width, 1)
        && x.H + (2 * Padding) >= Height && x.W + (2 * Padding) >= Width;
}
