using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace DenseNetRaw.Models;

/// <summary>
/// Writes and reads a network's extents with the family that they are of under <c>family</c>; extents without one are a
/// DenseNet's, as all were at first.
/// </summary>
internal sealed class ModelConfigurationConverter : JsonConverter<ModelConfiguration>
{
    private const string Key = "family";

    private static readonly (string Family, Type Type)[] Families =
    [
        ("densenet", typeof(DenseNetConfiguration)),
        ("resnet", typeof(ResNetConfiguration)),
        ("msdnet", typeof(MsdNetConfiguration)),
    ];

    /// <summary>The word for the family that a network is of.</summary>
    public static string FamilyOf(ModelConfiguration configuration) =>
        Array.Find(Families, known => known.Type == configuration.GetType()).Family;

    /// <inheritdoc/>
    public override ModelConfiguration? Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonObject extents = JsonNode.Parse(ref reader) as JsonObject
            ?? throw new JsonException("expected a network's extents, an object");
        string family = extents[Key] switch
        {
            null => Families[0].Family,
            JsonValue value when value.TryGetValue(out string? name) => name,
            JsonNode other => throw new JsonException($"expected a network's family, found {other.ToJsonString()}"),
        };
        Type type = Array.Find(Families, known => known.Family == family).Type
            ?? throw new JsonException(
                $"expected a family of networks ({string.Join(", ", Families.Select(known => known.Family))}), "
                + $"found '{family}'");
        return (ModelConfiguration?)extents.Deserialize(type, options);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ModelConfiguration value, JsonSerializerOptions options)
    {
        JsonObject extents = new() { [Key] = FamilyOf(value) };
        foreach ((string name, JsonNode? extent) in
            JsonSerializer.SerializeToNode(value, value.GetType(), options)!.AsObject())
        {
            extents[name] = extent?.DeepClone();
        }

        extents.WriteTo(writer, options);
    }
}
