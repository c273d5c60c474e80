using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Training;

/// <summary>
/// What a weights file says beside its weights, so that they can be used with no further word: the network's extents,
/// the names of its classes, and how its images were normalised.
/// </summary>
/// <param name="Configuration">The network's extents.</param>
/// <param name="ClassNames">The names of the classes, by label.</param>
/// <param name="Normalization">Mean and standard deviation of its images.</param>
public sealed record TrainedModel(
    ModelConfiguration Configuration, IReadOnlyList<string> ClassNames, Normalization Normalization)
{
    private const string Key = "densenet";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Writes a session's weights, with this description in the file's metadata.</summary>
    public void Save(string path, Session session) =>
        SafetensorsFile.Write(path, StateDictionary.Capture(session.Model, session.Backend), ToMetadata());

    /// <summary>This description as the metadata of a weights file.</summary>
    public IReadOnlyDictionary<string, string> ToMetadata() => new Dictionary<string, string>
    {
        // Readers of the transformers library ask for this one.
        ["format"] = "pt",
        [Key] = JsonSerializer.Serialize(this, Json),
    };

    /// <summary>Fails unless a run that goes on has the same model.</summary>
    /// <param name="configuration">Its network's extents.</param>
    /// <param name="normalization">How its images are normalised.</param>
    /// <param name="checkpoint">Where it goes on from.</param>
    /// <exception cref="ArgumentException">Names the flag, what was expected and what was found.</exception>
    internal void RequireSame(ModelConfiguration configuration, Normalization normalization, string checkpoint)
    {
        void Require(string flag, object expected, object found) =>
            RunIdentity.Require(flag, Text(expected), Text(found), checkpoint);

        Require(
            "model", ModelConfigurationConverter.FamilyOf(Configuration),
            ModelConfigurationConverter.FamilyOf(configuration));
        foreach (((string flag, object own), (_, object other)) in Configuration.Extents.Zip(configuration.Extents))
        {
            Require(flag, own, other);
        }

        Require("classes", Configuration.Classes, configuration.Classes);
        Require(
            "input-size", $"{Configuration.InputHeight},{Configuration.InputWidth}",
            $"{configuration.InputHeight},{configuration.InputWidth}");
        Require("model", Configuration.Form, configuration.Form);
        Require("mean", Normalization.Mean, normalization.Mean);
        Require("std", Normalization.StandardDeviation, normalization.StandardDeviation);

        static string Text(object value) => value is IEnumerable values and not string
            ? string.Join(',', values.Cast<object>().Select(Text))
            : Convert.ToString(value, CultureInfo.InvariantCulture)!;
    }

    /// <summary>The description in a weights file; null where it has none, as files from elsewhere.</summary>
    /// <exception cref="InvalidDataException">It has one that describes no possible network.</exception>
    public static TrainedModel? In(SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue(Key, out string? text))
            return null;

        try
        {
            TrainedModel model = JsonSerializer.Deserialize<TrainedModel>(text, Json)
                ?? throw new JsonException("it is null");
            model.Configuration.Validate();
            return model.ClassNames.Count == model.Configuration.Classes
                ? model
                : throw new ArgumentException(
                    $"{model.Configuration.Classes} classes have {model.ClassNames.Count} names");
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InvalidDataException(
                $"{file.Path}: expected a network's description under '{Key}' in the metadata, found a wrong one: "
                + $"{e.Message}",
                e);
        }
    }
}
