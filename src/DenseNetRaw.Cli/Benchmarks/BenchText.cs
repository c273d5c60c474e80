using System.Globalization;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>Rates and shares as people read them.</summary>
internal static class BenchText
{
    private const string Unknown = "-";

    /// <summary>The least share that is shown as more than 100 %.</summary>
    private const double BeyondTheLimit = 1.005;

    /// <summary>Three digits, or more where they are whole; a dash for none.</summary>
    public static string Number(double? number) => number is { } known ? Units.Milliseconds(known) : Unknown;

    /// <summary>In percent; a dash for none.</summary>
    public static string Share(double? share) => share is { } known
        ? (100 * known).ToString(known < 0.0995 ? "F1" : "F0", CultureInfo.InvariantCulture) + " %"
        : Unknown;

    /// <summary>What the device does at best, and what it means where a share is above that.</summary>
    public static string Limits(DeviceLimits? limits, params IEnumerable<double?> shares) => limits is null
        ? "This device is not made to be fast: it has no limit to take a share of."
        : $"The limit is {Number(limits.GigaflopsPerSecond)} GFLOP/s and {Number(limits.GigabytesPerSecond)} GB/s, "
            + "measured on it just before and after, the better of both."
            + (shares.Any(share => share >= BeyondTheLimit)
                ? " Where more than 100 % of it is shown, the machine was slower while it was probed, or caches hold "
                    + "what counts as moved."
                : "");
}
