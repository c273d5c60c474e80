using DenseNetRaw.RandomNumbers;

namespace DenseNetRaw.Data.Images;

/// <summary>
/// How an image becomes a network's input: a part of it is scaled to some size, of which a window is taken, perhaps
/// mirrored.
/// </summary>
/// <param name="Top">First row of the part.</param>
/// <param name="Left">First column of the part.</param>
/// <param name="Height">Rows of the part.</param>
/// <param name="Width">Columns of the part.</param>
/// <param name="ScaledHeight">Rows that these become.</param>
/// <param name="ScaledWidth">Columns that these become.</param>
/// <param name="WindowTop">First row of the window.</param>
/// <param name="WindowLeft">First column of the window.</param>
/// <param name="Flip">Whether left and right change places.</param>
internal readonly record struct ImageWindow(
    int Top,
    int Left,
    int Height,
    int Width,
    int ScaledHeight,
    int ScaledWidth,
    int WindowTop,
    int WindowLeft,
    bool Flip)
{
    private const int Attempts = 10;
    private const double SmallestShare = 0.08;
    private const double LowestRatio = 3.0 / 4, HighestRatio = 4.0 / 3;

    /// <summary>
    /// The evaluation of ImageNet as torchvision's reference does it: scaled until it covers 256/224 of the input's
    /// size, the centre taken. An image that has the input's size already is taken as it is.
    /// </summary>
    public static ImageWindow ForEvaluation(int height, int width, int inputHeight, int inputWidth)
    {
        if ((height, width) == (inputHeight, inputWidth))
            return new ImageWindow(0, 0, height, width, height, width, 0, 0, Flip: false);

        int coverHeight = WithMargin(inputHeight), coverWidth = WithMargin(inputWidth);
        bool isWide = (long)coverHeight * width >= (long)coverWidth * height;
        int scaledHeight = isWide ? coverHeight : Scaled(coverWidth, height, width);
        int scaledWidth = isWide ? Scaled(coverHeight, width, height) : coverWidth;
        return new ImageWindow(
            0, 0, height, width, scaledHeight, scaledWidth, Half(scaledHeight - inputHeight),
            Half(scaledWidth - inputWidth), Flip: false);
    }

    /// <summary>
    /// The training crop of ImageNet (Szegedy et al. 2015, arXiv:1409.4842, section 6; torchvision's
    /// <c>RandomResizedCrop</c>): 8 % to 100 % of the area, sides in a ratio of 3/4 to 4/3, mirrored half the time.
    /// A function of (seed, epoch, index) alone.
    /// </summary>
    public static ImageWindow ForTraining(
        int height, int width, int inputHeight, int inputWidth, ulong seed, uint epoch, int index)
    {
        bool flip = Draw(seed, epoch, index, Attempts).X < 1U << 31;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            (uint area, uint ratio, uint row, uint column) = Draw(seed, epoch, index, attempt);
            double pixels = (double)height * width * Between(SmallestShare, 1, area);
            double aspect = Math.Exp(Between(Math.Log(LowestRatio), Math.Log(HighestRatio), ratio));
            double cropWidth = Math.Round(Math.Sqrt(pixels * aspect));
            double cropHeight = Math.Round(Math.Sqrt(pixels / aspect));
            if (cropWidth >= 1 && cropWidth <= width && cropHeight >= 1 && cropHeight <= height)
            {
                return new ImageWindow(
                    Below(height - (int)cropHeight + 1, row), Below(width - (int)cropWidth + 1, column),
                    (int)cropHeight, (int)cropWidth, inputHeight, inputWidth, 0, 0, flip);
            }
        }

        return CentreOf(height, width, inputHeight, inputWidth, flip);
    }

    /// <summary>Of an image that is too long for any crop, the middle in the nearest ratio.</summary>
    private static ImageWindow CentreOf(int height, int width, int inputHeight, int inputWidth, bool flip)
    {
        int cropHeight = Math.Clamp((int)Math.Round(width / LowestRatio), 1, height);
        int cropWidth = Math.Clamp((int)Math.Round(height * HighestRatio), 1, width);
        return new ImageWindow(
            (height - cropHeight) / 2, (width - cropWidth) / 2, cropHeight, cropWidth, inputHeight, inputWidth, 0, 0,
            flip);
    }

    /// <summary>256/224 of a size.</summary>
    private static int WithMargin(int size) => (int)((((long)size * 256) + 112) / 224);

    private static int Scaled(int shorter, int length, int other) =>
        (int)Math.Min((long)shorter * length / other, int.MaxValue / 2);

    /// <summary>Rounded to even, as Python does.</summary>
    private static int Half(int length) => (int)Math.Round(length / 2.0);

    /// <summary>The index fills the low half of the counter, the attempt the high one.</summary>
    private static (uint X, uint Y, uint Z, uint W) Draw(ulong seed, uint epoch, int index, int attempt) =>
        Philox.Draw(seed, ((ulong)attempt << 32) | (uint)index, RandomStreams.Augmentation, epoch);

    private static double Between(double low, double high, uint word) =>
        low + ((high - low) * RandomNumbers.Philox.ToUnit(word));

    private static int Below(int bound, uint word) => (int)(((ulong)word * (uint)bound) >> 32);
}
