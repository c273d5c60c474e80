using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using DenseNetRaw.Autograd;

namespace DenseNetRaw.Cli;

/// <summary>What <c>--json</c> prints: one document on standard output, and nothing else there.</summary>
internal static class JsonOutput
{
    /// <summary>Keys in camel case, enumerations by name.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>As <see cref="Options"/>, without the keys of what is null.</summary>
    public static JsonSerializerOptions WithoutNulls { get; } =
        new(Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>The flag.</summary>
    public static Option<bool> NewOption() =>
        new("--json") { Description = "print one JSON document and nothing else" };

    /// <summary>A shape as a list of four numbers.</summary>
    public static int[] Extents(Shape shape) => [shape.N, shape.C, shape.H, shape.W];
}
