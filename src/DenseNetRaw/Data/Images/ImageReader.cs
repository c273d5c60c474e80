namespace DenseNetRaw.Data.Images;

/// <summary>
/// Reads image files, PNG or JPEG by their first bytes whatever they are called, into buffers that later ones use
/// again. For one thread.
/// </summary>
internal sealed class ImageReader : IDisposable
{
    /// <summary>The largest file that is read.</summary>
    private const long MaximumBytes = 1L << 28;

    /// <summary>For markers that are read a byte at a time; larger reads go past the buffer.</summary>
    private const int BufferBytes = 512;

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
    public void Read(string path) => Name(path, () =>
    {
        using FileStream stream = Open(path);
        Decode(ReadFile(stream));
    });

    /// <summary>
    /// Looks at a file as far as that is cheap: signature and size; of PNG every chunk and its checksum, with nothing
    /// inflated; of JPEG that it goes on to its end marker.
    /// </summary>
    /// <exception cref="InvalidDataException">It is gone or cannot be decoded; the sentence names it.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Check(string path) => Name(path, () =>
    {
        using FileStream stream = Open(path);
        byte[] begin = new byte[PngChunks.Signature.Length];
        int length = stream.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false);
        if (begin.AsSpan(0, length).StartsWith(JpegDecoder.Signature))
        {
            JpegMarkers.Check(stream);
        }
        else if (begin.AsSpan(0, length).StartsWith(PngChunks.Signature))
        {
            stream.Position = 0;
            PngDecoder.Check(ReadFile(stream));
        }
        else
        {
            throw Foreign(begin.AsSpan(0, length));
        }
    });

    /// <inheritdoc/>
    public void Dispose() => _jpeg?.Dispose();

    /// <summary>What is wrong is said of the file.</summary>
    private static void Name(string path, Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is InvalidDataException or FileNotFoundException or DirectoryNotFoundException)
        {
            string found = e is InvalidDataException ? e.Message : "expected an image, found no such file";
            throw new InvalidDataException($"{path}: {found}", e);
        }
    }

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
            throw Foreign(file);
        }
    }

    private static InvalidDataException Foreign(ReadOnlySpan<byte> file)
    {
        string begin = file.IsEmpty
            ? "an empty file"
            : $"one that begins with {Convert.ToHexString(file[..Math.Min(8, file.Length)])}";
        return new InvalidDataException($"expected a PNG or JPEG file, found {begin}");
    }

    private static FileStream Open(string path)
    {
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes);
        if (stream.Length <= MaximumBytes)
            return stream;
        long length = stream.Length;
        stream.Dispose();
        throw new InvalidDataException($"expected an image file of at most {MaximumBytes} bytes, found {length}");
    }

    /// <summary>Reads the file into the buffer; the part that it takes.</summary>
    private Span<byte> ReadFile(FileStream stream)
    {
        int length = (int)stream.Length;
        if (_file.Length < length)
            _file = GC.AllocateUninitializedArray<byte>(length);
        length = stream.ReadAtLeast(_file.AsSpan(0, length), length, throwOnEndOfStream: false);
        return _file.AsSpan(0, length);
    }
}
