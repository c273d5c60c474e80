using System.Globalization;

namespace DenseNetRaw.Memory;

/// <summary>Numbers of bytes as people read them: in MiB, 2^20 bytes, or plain where that would say nothing.</summary>
public static class ByteText
{
    private const double MebibyteBytes = 1 << 20;

    /// <summary>MiB with one decimal; bytes where that would be 0.0.</summary>
    public static string Of(long bytes)
    {
        string mebibytes = (bytes / MebibyteBytes).ToString("N1", CultureInfo.InvariantCulture);
        return mebibytes == "0.0" ? Exactly(bytes) : $"{mebibytes} MiB";
    }

    /// <summary>
    /// Two numbers that stand beside each other: both in bytes where they would look equal and are not.
    /// </summary>
    public static (string First, string Second) Of(long first, long second) =>
        first != second && Of(first) == Of(second)
            ? (Exactly(first), Exactly(second))
            : (Of(first), Of(second));

    private static string Exactly(long bytes) =>
        bytes.ToString("N0", CultureInfo.InvariantCulture) + (bytes == 1 ? " byte" : " bytes");
}
