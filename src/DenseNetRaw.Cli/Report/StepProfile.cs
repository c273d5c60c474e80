using System.Text.Json;
using DenseNetRaw.Backends;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Cli.Report;

/// <summary>The times of a training step's calls, as <c>profile.json</c> of a run folder has them.</summary>
/// <param name="BatchSize">Images in the step.</param>
/// <param name="Rounds">How often the step was played; each call has its median.</param>
/// <param name="Limits">What the device does at best; null where there is none to measure.</param>
/// <param name="Calls">In the order of the step, the optimiser last.</param>
internal sealed record StepProfile(
    int BatchSize, int Rounds, DeviceLimits? Limits, IReadOnlyList<TimedCall> Calls)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "profile.json";

    private static readonly JsonSerializerOptions Strict =
        new(JsonOutput.Options) { RespectRequiredConstructorParameters = true };

    /// <summary>Milliseconds of all calls.</summary>
    public double Milliseconds => Calls.Sum(call => call.Milliseconds);

    /// <summary>The share of that which goes into computing values a second time.</summary>
    public double ReplayShare => Milliseconds > 0
        ? Calls.Where(call => call.Phase == CallPhase.Replay).Sum(call => call.Milliseconds) / Milliseconds
        : 0;

    /// <summary>
    /// The least time that the limits allow some calls, over the time they took; null without limits.
    /// </summary>
    public double? ShareOfLimit(IEnumerable<TimedCall> calls)
    {
        double least = 0, taken = 0;
        foreach (TimedCall call in calls)
        {
            least += Limits?.Milliseconds(2.0 * call.MultiplyAdds, call.BytesMoved) ?? 0;
            taken += call.Milliseconds;
        }

        return Limits is not null && taken > 0 ? least / taken : null;
    }

    /// <summary>Reads it from a run folder; null where it has none.</summary>
    /// <exception cref="InvalidDataException">The file is none of ours.</exception>
    public static StepProfile? TryRead(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<StepProfile>(File.ReadAllText(path), Strict);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"{path}: expected the times of a step as JSON, found {JsonFault.InWords(e)}", e);
        }
    }

    /// <summary>Writes it into a run folder, whole or not at all.</summary>
    public void Write(string folder) => WholeFile.Write(
        Path.Combine(folder, FileName), stream => JsonSerializer.Serialize(stream, this, Strict));
}
