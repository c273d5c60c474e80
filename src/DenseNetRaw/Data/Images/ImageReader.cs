namespace DenseNetRaw.Data.Images;

/// <summary>
/// Reads image files, PNG or JPEG by their first bytes whatever they are called, into buffers that later ones use
/// again. For one thread.
/// </summary>
internal sealed class ImageReader : IDisposable
{
    /// <summary>The largest file that is read.</summary>
    private const long MaximumBytes = 1L << 28;

    private readonly PngDecoder _png = new();
    private JpegDecoder? _jpeg;
    private byte[] _file = [];

    /// <summary>The image that was read last.</summary>
    public DecodedImage Image { get; } = new();

    /// <summary>What makes images of the wanted size out of <see cref="Image"/>.</summary>
    public Resampler Resampler { get; } = new();

    /// <summary>Reads a file into <see cref="Image"/>.</summary>
    /// <exception cref="InvalidDataException">It is gone or cannot be decoded; the sentence names it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="NotSupportedException">It is a JPEG image, and libjpeg-turbo is not there.</exception>
    public void Read(string path)
    {
        try
        {
            int length = ReadFile(path);
            Decode(_file.AsSpan(0, length));
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException or DirectoryNotFoundException)
        {
            string found = e is InvalidDataException ? e.Message : "expected an image, found no such file";
            throw new InvalidDataException($"{path}: {found}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _jpeg?.Dispose();

    private void Decode(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith(PngChunks.Signature))
        {
            _png.Decode(_file, file.Length, Image);
        }
        else if (file.StartsWith(JpegDecoder.Signature))
        {
            _jpeg ??= new JpegDecoder(TurboJpegLibrary.Require());
            _jpeg.Decode(file, Image);
        }
        else
        {
            string begin = file.IsEmpty
                ? "an empty file"
                : $"one that begins with {Convert.ToHexString(file[..Math.Min(8, file.Length)])}";
            throw new InvalidDataException($"expected a PNG or JPEG file, found {begin}");
        }
    }

    /// <summary>Reads the file into the buffer; its length.</summary>
    private int ReadFile(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        long length = stream.Length;
        if (length > MaximumBytes)
            throw new InvalidDataException($"expected an image file of at most {MaximumBytes} bytes, found {length}");
        if (_file.Length < length)
            _file = GC.AllocateUninitializedArray<byte>((int)length);
        return stream.ReadAtLeast(_file.AsSpan(0, (int)length), (int)length, throwOnEndOfStream: false);
    }
}
