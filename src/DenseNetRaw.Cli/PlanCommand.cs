using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;
using Spectre.Console;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet plan</c>: bytes of a training step by strategy and category, with nothing allocated.</summary>
internal static class PlanCommand
{
    private const string DefaultModel = "densenet-bc-100-12";
    private const int DefaultBatchSize = 64;
    private const int LargestBatchSize = 1_000_000;

    /// <summary>What the numbers mean; stands in the help and under the table.</summary>
    private const string Meaning =
        "Nothing is allocated for it. The peak is the size of the arena that the step plays in. Storages in it share "
        + "places when their lives do not overlap, so the categories may sum to more. Parameters, their gradients, "
        + "momentum and running statistics lie outside it.";

    public static Command New()
    {
        ModelOptions modelOptions = new(DefaultModel);
        BackendOptions backendOptions = new();
        Option<int> batchSize = NewBatchSize();
        Option<bool> json = JsonOutput.NewOption();
        Command command = new("plan", $"Bytes of a training step by memory strategy and category. {Meaning}")
        {
            batchSize,
            json,
        };
        command.AddAll(modelOptions.All);
        command.AddAll(backendOptions.All);
        command.SetAction(parsed =>
        {
            DenseNetConfiguration configuration = modelOptions.Read(parsed);
            int images = ReadBatchSize(parsed, batchSize);
            IReadOnlyList<MemoryStrategy> strategies =
                backendOptions.IsMemoryGiven(parsed) ? [backendOptions.Memory(parsed)] : MemoryStrategy.Ladder;
            using Backend backend = backendOptions.NewBackend(parsed);
            List<PlannedStrategy> planned = [.. strategies.Select(s => Plan(configuration, backend, s, images))];
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(ToJson(planned));
            }
            else
            {
                WriteTable(planned, output);
                output.WriteLine($"{configuration.Name}, batch of {images}, {backend.Name} device. {Meaning}");
            }
        });
        return command;
    }

    /// <summary>The flag for the number of images in a step.</summary>
    internal static Option<int> NewBatchSize() => new("--batch-size")
    {
        Description = "images in a step",
        DefaultValueFactory = _ => DefaultBatchSize,
    };

    /// <summary>The number of images in a step.</summary>
    /// <exception cref="ArgumentException">It is not positive, or so large that offsets overflow.</exception>
    internal static int ReadBatchSize(ParseResult parsed, Option<int> option)
    {
        int images = parsed.GetValue(option);
        return images is >= 1 and <= LargestBatchSize
            ? images
            : throw new ArgumentException(
                $"--batch-size must be at least 1 and at most {LargestBatchSize}, found {images}");
    }

    private static PlannedStrategy Plan(
        DenseNetConfiguration configuration, Backend backend, MemoryStrategy memory, int batchSize)
    {
        DenseNet model = new(configuration);
        MemoryPlan plan = RecordedStep.Record(model, backend, memory, batchSize, isTraining: true).Plan;
        return new PlannedStrategy(memory.Name, plan, ParameterStore.Plan(model, backend));
    }

    private static string ToJson(List<PlannedStrategy> planned) => JsonSerializer.Serialize(
        new
        {
            Strategies = planned.Select(strategy => new
            {
                strategy.Name,
                strategy.Plan.PeakBytes,
                strategy.Plan.LowerBoundBytes,
                Categories = strategy.BytesByRole.ToDictionary(
                    pair => JsonNamingPolicy.CamelCase.ConvertName(pair.Key.ToString()), pair => pair.Value),
                strategy.Plan.RecomputedMultiplyAdds,
            }),
        },
        JsonOutput.Options);

    private static void WriteTable(List<PlannedStrategy> planned, TextWriter output)
    {
        Table table = ConsoleTables.New(
            [("MiB", false), .. planned.Select(strategy => (strategy.Name, true))]);
        void Row(string heading, Func<PlannedStrategy, string> cell) =>
            table.AddPlainRow([heading, .. planned.Select(cell)]);

        Row("peak (the arena)", strategy => Mebibytes(strategy.Plan.PeakBytes));
        Row("lower bound of any placement", strategy => Mebibytes(strategy.Plan.LowerBoundBytes));
        foreach (StorageRole role in planned.SelectMany(strategy => strategy.BytesByRole.Keys).Distinct().Order())
        {
            string place = role.IsPersistent() ? "outside it" : "in it";
            Row($"{place}: {Words(role)}", strategy => Mebibytes(strategy.BytesByRole.GetValueOrDefault(role)));
        }

        Row("arena and what lies outside", strategy => Mebibytes(strategy.TotalBytes));
        Row("recomputed, million multiply-adds", strategy => Number(strategy.Plan.RecomputedMultiplyAdds / 1e6));
        output.WriteTable(table);
    }

    private static string Words(StorageRole role) => role switch
    {
        StorageRole.Input => "images",
        StorageRole.Labels => "labels",
        StorageRole.Feature => "features",
        StorageRole.Concatenation => "concatenations",
        StorageRole.Bottleneck => "bottleneck outputs",
        StorageRole.Normalised => "normalised copies",
        StorageRole.FeatureGradient => "gradients of these",
        StorageRole.ChannelVector => "statistics",
        StorageRole.Scratch => "scratch",
        StorageRole.Workspace => "workspace",
        StorageRole.Parameter => "parameters",
        StorageRole.ParameterGradient => "parameter gradients",
        StorageRole.Momentum => "momentum",
        _ => "running statistics",
    };

    private static string Mebibytes(long bytes) => Number(bytes / Units.MebibyteBytes);

    private static string Number(double number) => number.ToString("N1", CultureInfo.InvariantCulture);

    /// <summary>One strategy's plan, and the bytes of what lies outside its arena.</summary>
    private sealed record PlannedStrategy(string Name, MemoryPlan Plan, IReadOnlyDictionary<StorageRole, long> Outside)
    {
        /// <summary>Bytes of each category, in the arena and outside it.</summary>
        public Dictionary<StorageRole, long> BytesByRole { get; } = new(Plan.BytesByRole.Concat(Outside));

        /// <summary>Bytes of the arena and of what lies outside it.</summary>
        public long TotalBytes => Plan.PeakBytes + Outside.Values.Sum();
    }
}
