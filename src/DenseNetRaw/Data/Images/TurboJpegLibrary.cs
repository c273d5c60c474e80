using System.Runtime.InteropServices;

namespace DenseNetRaw.Data.Images;

/// <summary>
/// libjpeg-turbo's TurboJPEG library, versions 1.5 to 3, found when the first JPEG image is read: its functions.
/// https://libjpeg-turbo.org/Documentation/Documentation
/// </summary>
internal sealed unsafe class TurboJpegLibrary
{
    /// <summary>What the library is called on Linux, macOS and Windows.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "libturbojpeg.so.0", "libturbojpeg.so", "libturbojpeg.0.dylib", "/opt/homebrew/lib/libturbojpeg.dylib",
        "/usr/local/lib/libturbojpeg.dylib", "turbojpeg.dll", "libturbojpeg.dll",
    ];

    private static readonly Lazy<TurboJpegLibrary?> Found = new(() => Find(Names));

    private readonly nint _library;

    private TurboJpegLibrary(nint library)
    {
        _library = library;
        InitDecompress = (delegate* unmanaged[Cdecl]<nint>)Export("tjInitDecompress");
        DecompressHeader3 = (delegate* unmanaged[Cdecl]<nint, byte*, CULong, int*, int*, int*, int*, int>)Export(
            "tjDecompressHeader3");
        Decompress2 = (delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int, int>)Export(
            "tjDecompress2");
        GetErrorCode = (delegate* unmanaged[Cdecl]<nint, int>)Export("tjGetErrorCode");
        GetErrorStr2 = (delegate* unmanaged[Cdecl]<nint, nint>)Export("tjGetErrorStr2");
        Destroy = (delegate* unmanaged[Cdecl]<nint, int>)Export("tjDestroy");
    }

    /// <summary>() → decompressor, or null.</summary>
    public delegate* unmanaged[Cdecl]<nint> InitDecompress { get; }

    /// <summary>(decompressor, file, bytes, out width, out height, out subsampling, out colours) → 0, or −1.</summary>
    public delegate* unmanaged[Cdecl]<nint, byte*, CULong, int*, int*, int*, int*, int> DecompressHeader3 { get; }

    /// <summary>(decompressor, file, bytes, pixels, width, pitch, height, pixel format, flags) → 0, or −1.</summary>
    public delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int, int> Decompress2 { get; }

    /// <summary>(decompressor) → 0 if the last call only warned, else 1.</summary>
    public delegate* unmanaged[Cdecl]<nint, int> GetErrorCode { get; }

    /// <summary>(decompressor) → what went wrong.</summary>
    public delegate* unmanaged[Cdecl]<nint, nint> GetErrorStr2 { get; }

    /// <summary>(decompressor) → 0, or −1.</summary>
    public delegate* unmanaged[Cdecl]<nint, int> Destroy { get; }

    /// <summary>Whether it is there.</summary>
    public static bool IsFound => Found.Value is not null;

    /// <summary>The library.</summary>
    /// <exception cref="NotSupportedException">It is not there; the sentence says how to get it.</exception>
    public static TurboJpegLibrary Require() => Found.Value ?? throw Missing(Names);

    /// <summary>The first library of these names, or null.</summary>
    public static TurboJpegLibrary? Find(IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            if (NativeLibrary.TryLoad(name, out nint library))
                return new TurboJpegLibrary(library);
        }

        return null;
    }

    /// <summary>Says what is missing and how to get it.</summary>
    public static NotSupportedException Missing(IReadOnlyList<string> names) => new(
        $"JPEG images are read by libjpeg-turbo, which was not found ({string.Join(", ", names)}): install it (Debian "
        + "and Ubuntu: apt install libturbojpeg0; macOS: brew install jpeg-turbo), or convert the images to PNG");

    private nint Export(string name) => NativeLibrary.GetExport(_library, name);
}
