using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cli.Charts;
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

    /// <summary>What the numbers mean; stands in the help and under the table.</summary>
    private const string Meaning =
        "Nothing is allocated for it. The peak is the size of the arena that the step plays in; what is live at the "
        + "step's fullest call is a lower bound for any arena. The rows 'in it' are the bytes taken at that call. They "
        + "sum to the lower bound; for naive, where no value ever gives up its place, to the peak. Parameters, their "
        + "gradients, momentum and running statistics lie outside the arena.";

    public static Command New()
    {
        ModelOptions modelOptions = new(DefaultModel);
        BackendOptions backendOptions = BackendOptions.OfEveryStrategy();
        Option<int> batchSize = NewBatchSize();
        Option<bool> json = JsonOutput.NewOption();
        Option<string?> timeline = new("--timeline")
        {
            Description = "write what lives when and where, for every strategy or the one that --memory names, to "
                + "timeline-STRATEGY.json and .svg in this folder",
            HelpName = "FOLDER",
        };
        Command command = new(
            "plan",
            "Bytes of a training step by memory strategy and category. With --memory-budget also of auto, which keeps "
            + $"what there is room for. {Meaning}")
        {
            batchSize,
            json,
            timeline,
        };
        command.AddAll(modelOptions.All);
        command.AddAll(backendOptions.All);
        command.SetAction(parsed =>
        {
            ModelConfiguration configuration = modelOptions.Read(parsed);
            int images = ReadBatchSize(parsed, batchSize);
            SessionSettings settings = backendOptions.Session(parsed) with { TrainingBatchSizes = [images] };
            using Backend backend = backendOptions.NewPlannedBackend(parsed);
            List<SessionPlan> plans =
                Plans(configuration.NewModel(), backend, settings, backendOptions.IsMemoryGiven(parsed));
            string? folder = parsed.GetValue(timeline);
            if (folder is not null)
            {
                TimelineFolder.Write(
                    timeline.Name,
                    folder,
                    plans.Select(plan => new Timeline(configuration.Name, images, backend.Name, plan)));
            }

            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                output.WriteLine(ToJson(configuration.Name, images, backend, plans));
                return;
            }

            WriteTable(plans, output);
            output.WriteText(
                FormattableString.Invariant(
                    $"{configuration.Name}, batch of {images:N0}, ")
                + $"{DeviceSettings.InWords(backend)}{Budget(plans)}. {Meaning}");
            if (folder is not null)
            {
                output.WriteText($"What lives when and where is in {Path.Combine(folder, TimelineFolder.Names)}.");
            }
        });
        return command;
    }

    /// <summary>The flag for the number of images in a step.</summary>
    internal static Option<int> NewBatchSize() => new("--batch-size", "-b")
    {
        Description = "images in a step",
        DefaultValueFactory = _ => DefaultBatchSize,
    };

    /// <summary>The number of images in a step.</summary>
    /// <exception cref="ArgumentException">It is not positive, or so large that offsets overflow.</exception>
    internal static int ReadBatchSize(ParseResult parsed, Option<int> option) =>
        RequireBatchSize(parsed.GetValue(option));

    /// <inheritdoc cref="ReadBatchSize"/>
    internal static int RequireBatchSize(int images) => images is >= 1 and <= BudgetSearch.LargestBatchSize
        ? images
        : throw new ArgumentException(
            FormattableString.Invariant(
                $"--batch-size must be at least 1 and at most {BudgetSearch.LargestBatchSize:N0}, found {images:N0}"));

    /// <summary>
    /// The strategy that was asked for, or else all of them, with <see cref="MemoryStrategy.Auto"/> where there is a
    /// budget; which is one for what was asked for, and for auto, and no matter for the rest.
    /// </summary>
    private static List<SessionPlan> Plans(
        Model model, Backend backend, SessionSettings settings, bool isMemoryGiven)
    {
        SessionPlan Plan(MemoryStrategy memory) => new(model, backend, settings with { Memory = memory });
        if (!isMemoryGiven && settings.BudgetBytes is null)
        {
            return [.. MemoryStrategy.Ladder.Select(Plan)];
        }

        SessionPlan chosen = Plan(settings.Memory);
        if (settings.BudgetBytes is not null)
        {
            chosen.RequireFit();
        }

        return isMemoryGiven ? [chosen] : [.. MemoryStrategy.Ladder.Select(Plan), chosen];
    }

    private static string ToJson(string model, int batchSize, Backend backend, List<SessionPlan> plans)
    {
        DeviceSettings settings = DeviceSettings.Of(backend);
        return JsonSerializer.Serialize(
            new
            {
                model,
                batchSize,
                device = backend.Name,
                settings.Precision,
                settings.WorkspaceBytes,
                settings.Deterministic,
                settings.FusedProducts,
                BudgetBytes = plans[^1].Settings.BudgetBytes ?? plans[^1].AutoBytes,
                Strategies = plans.Select(plan => new
                {
                    plan.Memory.Name,
                    plan.PeakBytes,
                    plan.LargestStep.Plan.LowerBoundBytes,
                    plan.TotalBytes,
                    Categories = Enum.GetValues<StorageRole>().ToDictionary(
                        Categories.Key, role => BytesByRole(plan).GetValueOrDefault(role)),
                    plan.LargestStep.Plan.RecomputedMultiplyAdds,
                    plan.LargestStep.Plan.RecomputedBytes,
                    Kept = plan.Planned.Kept,
                }),
            },
            JsonOutput.WithoutNulls);
    }

    private static string Budget(List<SessionPlan> plans) => plans[^1] switch
    {
        { Settings.BudgetBytes: { } bytes } => $", --memory-budget {Units.Mebibytes(bytes)}",
        { AutoBytes: { } bytes } => $", auto within {Units.Mebibytes(bytes)}, nine tenths of what the device can give",
        _ => "",
    };

    private static void WriteTable(List<SessionPlan> plans, TextWriter output)
    {
        Table table = ConsoleTables.New(
            [("MiB", false), .. plans.Select(plan => (InTwoLines(plan.Memory.Name), true))]);
        void Row(string heading, Func<SessionPlan, string> cell) =>
            table.AddPlainRow([heading, .. plans.Select(cell)]);

        Row("peak (the arena)", plan => Mebibytes(plan.PeakBytes));
        Row("lower bound", plan => Mebibytes(plan.LargestStep.Plan.LowerBoundBytes));
        foreach (IGrouping<string, StorageRole> roles in plans
            .SelectMany(plan => BytesByRole(plan).Keys).Distinct().Order()
            .GroupBy(role => $"{(role.IsPersistent() ? "outside" : "in it")}: {Categories.Words(role)}"))
        {
            Row(roles.Key, plan => Mebibytes(roles.Sum(role => BytesByRole(plan).GetValueOrDefault(role))));
        }

        Row("arena and outside", plan => Mebibytes(plan.TotalBytes));
        Row("recomputed: MiB moved", plan => Mebibytes(plan.LargestStep.Plan.RecomputedBytes));
        Row("recomputed: M multiply-adds", plan => Number(plan.LargestStep.Plan.RecomputedMultiplyAdds / 1e6));
        if (plans.Exists(plan => plan.Planned.Kept is not null))
        {
            Row("recomputed: values", plan => $"{plan.Planned.RecomputedValues}");
            Row("kept by auto: values", plan => $"{plan.Planned.Kept?.Count}");
        }

        output.WriteTable(table);
    }

    /// <summary>Bytes of each category, in the arena and outside it.</summary>
    private static Dictionary<StorageRole, long> BytesByRole(SessionPlan plan) =>
        new(plan.LargestStep.Plan.BytesByRole.Concat(plan.Outside));

    /// <summary>Breaks a strategy's name at its hyphen: six of them fit into 100 columns.</summary>
    private static string InTwoLines(string name) => name.Replace("-", "-\n", StringComparison.Ordinal);

    private static string Mebibytes(long bytes) => Number(bytes / Units.MebibyteBytes);

    private static string Number(double number) => number.ToString("N1", CultureInfo.InvariantCulture);
}
