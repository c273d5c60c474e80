using System.Runtime.InteropServices;

namespace DenseNetRaw.Data.Images;

/// <summary>
/// Decodes JPEG images with libjpeg-turbo into [H, W, 3]. For one thread. What the library calls a warning is one,
/// unless the file ends before its pixels do.
/// </summary>
internal sealed unsafe class JpegDecoder(TurboJpegLibrary library) : IDisposable
{
    // Numbers of turbojpeg.h.
    private const int Rgb = 0, Cmyk = 11;
    private const int ColorsOfCmyk = 3, ColorsOfYcck = 4;
    private const int IsWarning = 0;

    /// <summary>At most 500 scans: a small progressive file can ask for hours (TJFLAG_LIMITSCANS, since 2.1).</summary>
    private const int LimitScans = 32768;

    private const string PrematureEnd = "Premature end";

    private DecompressorHandle? _handle;
    private byte[] _cmyk = [];

    /// <summary>The first bytes of every JPEG file.</summary>
    public static ReadOnlySpan<byte> Signature => [0xFF, 0xD8, 0xFF];

    /// <summary>Decodes a file.</summary>
    /// <exception cref="InvalidDataException">The library cannot, or the file ends too early.</exception>
    public void Decode(ReadOnlySpan<byte> file, DecodedImage image)
    {
        bool isDone = false;
        try
        {
            _handle ??= DecompressorHandle.New(library);
            fixed (byte* bytes = file)
                Decode(bytes, new CULong((nuint)file.Length), image);
            isDone = image.Warning is null;
        }
        finally
        {
            // After an error the same decompressor refuses good files too (seen in 2.1.5): the next file has a new one.
            if (!isDone)
                Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _handle?.Dispose();
        _handle = null;
    }

    private void Decode(byte* file, CULong bytes, DecodedImage image)
    {
        nint handle = _handle!.DangerousGetHandle();
        int width, height, subsampling, colors;
        string? warning = Check(
            library.DecompressHeader3(handle, file, bytes, &width, &height, &subsampling, &colors));
        if (warning is not null && (width < 1 || height < 1))
            throw Wrong(warning);
        image.Resize(height, width);
        if (colors is ColorsOfCmyk or ColorsOfYcck)
        {
            if (_cmyk.Length < 4 * width * height)
                _cmyk = GC.AllocateUninitializedArray<byte>(4 * width * height);
            warning = Decompress(handle, file, bytes, _cmyk, image, Cmyk) ?? warning;
            Convert(_cmyk.AsSpan(0, 4 * width * height), image.Pixels);
        }
        else
        {
            warning = Decompress(handle, file, bytes, image.Pixels, image, Rgb) ?? warning;
        }

        image.Warning = warning;
    }

    private string? Decompress(nint handle, byte* file, CULong bytes, byte[] pixels, DecodedImage image, int format)
    {
        // A pitch of 0 means rows without gaps.
        fixed (byte* to = pixels)
        {
            return Check(
                library.Decompress2(handle, file, bytes, to, image.Width, 0, image.Height, format, LimitScans));
        }
    }

    /// <summary>Null, or what the library warns of.</summary>
    private string? Check(int result)
    {
        if (result == 0)
            return null;
        nint handle = _handle!.DangerousGetHandle();
        string text = Marshal.PtrToStringUTF8(library.GetErrorStr2(handle)) ?? "an error without words";
        return library.GetErrorCode(handle) == IsWarning && !text.Contains(PrematureEnd, StringComparison.Ordinal)
            ? text
            : throw Wrong(text);
    }

    private static InvalidDataException Wrong(string found) =>
        new($"expected a JPEG image that can be decoded, found: {found}");

    /// <summary>
    /// Ink to light, as PIL does, for values that lie in the file the other way round, as Adobe's programs write them
    /// (and all others after them): red = cyan · black / 255.
    /// </summary>
    private static void Convert(ReadOnlySpan<byte> cmyk, Span<byte> rgb)
    {
        for (int from = 0, to = 0; from < cmyk.Length; from += 4, to += ImageDataset.Channels)
        {
            int black = cmyk[from + 3];
            for (int channel = 0; channel < ImageDataset.Channels; channel++)
            {
                int product = ((byte.MaxValue - cmyk[from + channel]) * black) + 128;
                rgb[to + channel] = (byte)(black - ((product + (product >> 8)) >> 8));
            }
        }
    }

    /// <summary>A decompressor of the library.</summary>
    private sealed class DecompressorHandle : SafeHandle
    {
        private readonly TurboJpegLibrary _library;

        private DecompressorHandle(TurboJpegLibrary library)
            : base(invalidHandleValue: 0, ownsHandle: true)
        {
            _library = library;
            SetHandle(library.InitDecompress());
        }

        public override bool IsInvalid => handle == 0;

        public static DecompressorHandle New(TurboJpegLibrary library)
        {
            DecompressorHandle made = new(library);
            return made.IsInvalid
                ? throw new InvalidOperationException("tjInitDecompress gave no decompressor.")
                : made;
        }

        protected override bool ReleaseHandle() => _library.Destroy(handle) == 0;
    }
}
