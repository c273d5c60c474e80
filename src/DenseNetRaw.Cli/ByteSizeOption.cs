using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DenseNetRaw.Cli;

/// <summary>Flags that take a number of bytes: plain, or with a unit of powers of 1024 (KiB) or of 1000 (KB).</summary>
internal static partial class ByteSizeOption
{
    /// <summary>How a size may be written.</summary>
    public const string Form =
        "bytes, such as 6GiB, 300MiB, 1.5GB or 1073741824 (KiB, MiB, GiB, TiB are powers of 1024; KB, "
        + "MB, GB, TB of 1000)";

    /// <summary>A flag that may be left out.</summary>
    public static Option<long?> New(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "size",
        CustomParser = result => Parse(name, result.Tokens[^1].Value, result),
    };

    private static long? Parse(string name, string text, ArgumentResult result)
    {
        if (BytesOf(text) is { } bytes)
            return bytes;

        string hint = UnitWithoutBytes().Match(text) is { Success: true } unit
            ? $"; {unit.Value.ToUpperInvariant()}iB or {unit.Value.ToUpperInvariant()}B?"
            : "";
        result.AddError($"{name}: expected {Form}, at least 1 and below 8388608TiB, found '{text}'{hint}");
        return null;
    }

    /// <summary>Whole bytes, rounded down; null where the text is no size, or none of 1 to 2^63 − 1 bytes.</summary>
    private static long? BytesOf(string text)
    {
        Match match = Size().Match(text);
        if (!match.Success
            || !decimal.TryParse(
                match.Groups["number"].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out decimal number))
        {
            return null;
        }

        decimal unit = BytesOfUnit(match.Groups["unit"].Value.ToUpperInvariant());
        return number <= long.MaxValue / unit && number * unit >= 1 ? (long)(number * unit) : null;
    }

    private static decimal BytesOfUnit(string unit)
    {
        int power = "KMGT".IndexOf(unit.FirstOrDefault('B')) + 1;
        decimal step = unit.Contains('I') ? 1024 : 1000, bytes = 1;
        for (int i = 0; i < power; i++)
            bytes *= step;
        return bytes;
    }

    /// <summary>The letter of a unit that other programs take for one.</summary>
    [GeneratedRegex("(?<=^[0-9.]+ ?)[KMGT](?=i?$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UnitWithoutBytes();

    [GeneratedRegex(
        @"^(?<number>\d+)B?$|^(?<number>\d+(\.\d+)?) ?(?<unit>[KMGT]i?B)$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Size();
}
