using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Training;

/// <summary>
/// <c>manifest.json</c> of a checkpoint, written last: where the run stands, what must not change, and what the other
/// files are. It ends with the SHA-256 of all that comes before, so any changed bit is noticed.
/// </summary>
public sealed record CheckpointManifest
{
    /// <summary>The version that is written, and the only one that is read.</summary>
    public const int CurrentVersion = 2;

    private const string BeforeDigest = ",\n  \"sha256\": \"";
    private const string AfterDigest = "\"\n}\n";

    /// <summary>With names escaped that would turn the direction of text or steer a terminal.</summary>
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        WriteIndented = true,
        NewLine = "\n",
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The version of the format.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>Where the run stands.</summary>
    public required TrainingPosition Position { get; init; }

    /// <summary>The learning rate of the last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Test accuracy of the weights, at the end of an epoch.</summary>
    public required double? TestAccuracy { get; init; }

    /// <summary>The settings that cannot change.</summary>
    public required RunIdentity Run { get; init; }

    /// <summary>The memory strategy that was trained with.</summary>
    public required string Memory { get; init; }

    /// <summary>The device that was trained on.</summary>
    public required string Device { get; init; }

    /// <summary>The network, its classes and how images are normalised.</summary>
    public required TrainedModel Model { get; init; }

    /// <summary>What the run's <c>args.json</c> says.</summary>
    public required JsonNode Arguments { get; init; }

    /// <summary>The name of the recipe that the run goes by; null where the arguments, old ones, do not say.</summary>
    [JsonIgnore]
    public string? Recipe => Arguments is JsonObject document && document["arguments"] is JsonObject arguments
        && arguments["recipe"] is JsonObject recipe && recipe["value"] is JsonValue name
        && name.TryGetValue(out string? text) ? text : null;

    /// <summary>When it was written.</summary>
    public required DateTimeOffset Written { get; init; }

    /// <summary>The other files.</summary>
    public required IReadOnlyList<CheckpointFile> Files { get; init; }

    /// <summary>Writes it whole or not at all.</summary>
    public void Write(string path)
    {
        string json = JsonSerializer.Serialize(this, Json);
        byte[] head = Encoding.UTF8.GetBytes(json[..json.LastIndexOf("\n}", StringComparison.Ordinal)] + BeforeDigest);
        WholeFile.Write(path, stream =>
        {
            stream.Write(head);
            stream.Write(Encoding.ASCII.GetBytes(DigestOf(head) + AfterDigest));
        });
    }

    /// <summary>Reads and checks it.</summary>
    /// <exception cref="InvalidDataException">It is missing, damaged or of another version.</exception>
    public static CheckpointManifest Read(string path)
    {
        if (!File.Exists(path))
            throw new InvalidDataException($"{path}: expected a checkpoint's manifest, found no file of that name");
        byte[] bytes = File.ReadAllBytes(path);
        int digest = bytes.Length - AfterDigest.Length - (2 * SHA256.HashSizeInBytes);
        string expected = digest < 0 ? "" : DigestOf(bytes.AsSpan(0, digest)) + AfterDigest;
        string found = digest < 0 ? "" : Encoding.Latin1.GetString(bytes.AsSpan(digest));
        if (digest < 0 || !string.Equals(expected, found, StringComparison.Ordinal))
        {
            throw new InvalidDataException(
                $"{path}: expected a manifest that ends with its SHA-256 {expected.Split('"')[0]}, found another end; "
                + "the file is damaged");
        }

        try
        {
            // Another version may not have all that this one must: what it is comes first.
            int version = JsonSerializer.Deserialize<Versioned>(bytes, Json)?.FormatVersion
                ?? throw new JsonException("it is null");
            if (version != CurrentVersion)
                throw new JsonException($"format version {version}, and this program reads {CurrentVersion}");

            CheckpointManifest manifest = JsonSerializer.Deserialize<CheckpointManifest>(bytes, Json)!;
            foreach (CheckpointFile? file in manifest.Files.Where(file => !IsKnown(file)))
                throw new JsonException($"a file '{file?.Name}' of {file?.Bytes} bytes");
            return manifest;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{path}: expected a checkpoint's manifest, found: {e.Message}", e);
        }
    }

    /// <summary>Whether it is a file that a checkpoint has: another name may lead anywhere.</summary>
    private static bool IsKnown(CheckpointFile? file) =>
        file is { Name: Checkpoint.WeightsFile or Checkpoint.StateFile, Bytes: > 0 };

    private static string DigestOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>What every version says.</summary>
    private sealed record Versioned(int FormatVersion);
}
