using System.CommandLine;

namespace DenseNetRaw.Cli;

/// <summary>What <c>--max-minutes</c> says.</summary>
internal static class MaxMinutes
{
    /// <summary>A timer takes no more.</summary>
    private const double Most = int.MaxValue / 60_000;

    /// <summary>The time; null if none was given.</summary>
    /// <exception cref="ArgumentException">It is impossible.</exception>
    public static TimeSpan? Read(ParseResult command, Option<double?> flag) => command.GetValue(flag) switch
    {
        null => null,
        > 0 and <= Most and double minutes => TimeSpan.FromMinutes(minutes),
        double found => throw new ArgumentException(FormattableString.Invariant(
            $"{flag.Name} must be above 0 and at most {Most}, found {found}")),
    };
}
