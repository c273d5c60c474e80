using System.Diagnostics;
using System.Globalization;
using DenseNetRaw.Memory;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>Quantities as people read them.</summary>
internal static class Units
{
    /// <summary>Bytes of a MiB.</summary>
    public const double MebibyteBytes = 1 << 20;

    /// <summary>Three thousand years: what is left of a billion epochs may be more than a time can hold.</summary>
    private const double MostSeconds = 1e11;

    /// <summary>Bytes in MiB, 2^20 bytes; plain where that would be 0.0.</summary>
    public static string Mebibytes(long bytes) => ByteText.Of(bytes);

    /// <summary>Milliseconds in three digits, or more where they are whole.</summary>
    public static string Milliseconds(double milliseconds) => milliseconds.ToString(
        milliseconds switch
        {
            >= 99.95 => "N0",
            >= 9.995 => "F1",
            >= 0.9995 => "F2",
            >= 0.09995 or <= 0 => "F3",
            >= 0.009995 => "F4",
            >= 0.0009995 => "F5",
            _ => "F6",
        },
        CultureInfo.InvariantCulture);

    /// <summary>A session's memory: strategy, budget, what is kept, bytes of the arena and of the rest.</summary>
    public static string Words(PlannedMemory memory)
    {
        string budget = memory.AutoBytes is { } share && share != memory.BudgetBytes
            ? $" within {Mebibytes(share)}, nine tenths of what the device can give,"
            : memory.BudgetBytes is { } bytes ? $" within {Mebibytes(bytes)}" : "";
        string kept = memory.Kept is { } values
            ? $" keeps {values.Count} values and computes {memory.RecomputedValues} again"
            : "";
        return $"{memory.Strategy}{budget}{kept}, {Mebibytes(memory.TotalBytes)} planned "
            + $"(step {Mebibytes(memory.PeakBytes)} + parameters {Mebibytes(memory.StateBytes)})";
    }

    /// <summary>Seconds as hours, minutes and seconds.</summary>
    public static string Time(double seconds) => Time(TimeSpan.FromSeconds(Math.Min(seconds, MostSeconds)));

    /// <summary>Hours, minutes and seconds, as torchvision prints them.</summary>
    public static string Time(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}");

    /// <summary>The most memory that this process has had resident.</summary>
    public static long ProcessPeakBytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
