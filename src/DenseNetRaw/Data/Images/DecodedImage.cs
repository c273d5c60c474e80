using System.Globalization;

namespace DenseNetRaw.Data.Images;

/// <summary>A decoded image, [H, W, 3] bytes, in a buffer that later images use again.</summary>
internal sealed class DecodedImage
{
    /// <summary>
    /// The most pixels an image may have: 2^26, so that no file can ask for more than 192 MiB. The largest image of
    /// ImageNet has 2^24.9.
    /// </summary>
    public const long MaximumPixels = 1L << 26;

    /// <summary>The most rows or columns: those of JPEG, for PNG too.</summary>
    public const int MaximumSide = ushort.MaxValue;

    /// <summary>Rows.</summary>
    public int Height { get; private set; }

    /// <summary>Columns.</summary>
    public int Width { get; private set; }

    /// <summary>[H, W, 3]; what lies after them belongs to no image.</summary>
    public byte[] Pixels { get; private set; } = [];

    /// <summary>What the decoder complained of, though it made pixels of everything; null if of nothing.</summary>
    public string? Warning { get; set; }

    /// <summary>Makes room for an image of that size.</summary>
    /// <exception cref="InvalidDataException">It would be empty or have too many pixels.</exception>
    public void Resize(int height, int width)
    {
        RequireSize(height, width);
        (Height, Width, Warning) = (height, width, null);
        int bytes = ImageDataset.Channels * height * width;
        if (Pixels.Length < bytes)
            Pixels = GC.AllocateUninitializedArray<byte>(bytes);
    }

    /// <summary>Fails unless an image may be as large as a file says, before anything is allocated for it.</summary>
    /// <exception cref="InvalidDataException">It would be empty or have too many pixels.</exception>
    public static void RequireSize(long height, long width)
    {
        bool isAllowed = height is >= 1 and <= MaximumSide && width is >= 1 and <= MaximumSide
            && height * width <= MaximumPixels;
        if (!isAllowed)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"expected an image of 1 to {MaximumPixels:N0} pixels and sides up to {MaximumSide:N0}, found "
                + $"{width} × {height}"));
        }
    }
}
