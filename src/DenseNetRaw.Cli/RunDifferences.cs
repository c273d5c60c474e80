using System.Text.Json.Nodes;

namespace DenseNetRaw.Cli;

/// <summary>
/// What differs between a run and the one that it goes on from, of what may change and yet decides its bits.
/// </summary>
internal static class RunDifferences
{
    private static readonly string[] Flags =
    [
        "epochs", "lr", "lr-milestones", "lr-warmup-epochs", "momentum", "no-nesterov", "wd", "lr-scheduler", "memory",
        "memory-budget", "precision", "workspace",
        "deterministic", "fused-products",
    ];

    /// <summary>Flags that earlier checkpoints do not know, whose runs went by the DenseNets' recipe.</summary>
    private static readonly string[] New = ["lr-milestones", "lr-warmup-epochs", "no-nesterov"];

    /// <summary>Each difference in words: "memory slab -> naive".</summary>
    /// <param name="past">What the checkpoint knows of the <c>args.json</c> that it was trained with.</param>
    /// <param name="present">What that of the run says.</param>
    public static IReadOnlyList<string> Between(JsonNode past, JsonNode present)
    {
        List<string> differences = [];
        foreach (string flag in Flags.Where(flag => past["arguments"]?[flag] is not null || !New.Contains(flag)))
            Add(flag, past["arguments"]?[flag]?["value"], present["arguments"]?[flag]?["value"]);
        if ((string?)present["device"]?["name"] == BackendOptions.Cpu)
            Add("threads", past["arguments"]?["threads"]?["value"], present["arguments"]?["threads"]?["value"]);
        Add("device", past["device"]?["name"], present["device"]?["name"]);
        Add("GPU", past["device"]?["gpu"], present["device"]?["gpu"]);
        Add("version", past["versions"]?["densenet"], present["versions"]?["densenet"]);
        Add("commit", past["commit"], present["commit"]);
        return differences;

        void Add(string name, JsonNode? before, JsonNode? now)
        {
            if (!JsonNode.DeepEquals(before, now))
                differences.Add($"{name} {InWords(before)} -> {InWords(now)}");
        }
    }

    /// <summary>A value as its flag takes it; "none" where there is none.</summary>
    private static string InWords(JsonNode? value) => value switch
    {
        JsonArray { Count: > 0 } list => string.Join(',', list.Select(InWords)),
        null or JsonArray => "none",
        _ => value.ToString(),
    };
}
