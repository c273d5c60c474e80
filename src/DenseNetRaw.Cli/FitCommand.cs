using System.CommandLine;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>
/// <c>densenet fit</c>: what a memory budget has room for. The largest batch or the deepest network for every strategy,
/// or the cheapest strategy for a batch.
/// </summary>
internal sealed class FitCommand
{
    private const string DefaultModel = "densenet-bc-100-12";
    private const int DefaultBatchSize = 64;

    private readonly ModelOptions _model = new(DefaultModel);
    private readonly BackendOptions _backend = new();
    private readonly Option<bool> _json = JsonOutput.NewOption();
    private readonly Option<long?> _budget =
        ByteSizeOption.New("--memory-budget", BackendOptions.BudgetMeaning);

    private readonly Option<int?> _batchSize = new("--batch-size", "-b")
    {
        Description = "images in a step: name the strategy that costs least and fits, instead of the largest batch of "
            + $"every strategy; with --deepest the batch to be planned [default there: {DefaultBatchSize}]",
    };

    private readonly Option<bool> _deepest = new("--deepest")
    {
        Description = "the deepest network of the kind of --model whose name has a depth, such as densenet-bc-L-k, for "
            + "every strategy; the other model flags hold",
    };

    private FitCommand() => _budget.Required = true;

    public static Command New()
    {
        FitCommand fit = new();
        Command command = new(
            "fit",
            "What a memory budget has room for. Training steps are planned and nothing is allocated. By default the "
            + "largest batch of every memory strategy, with --batch-size the strategy that costs least, with --deepest "
            + "the deepest network. auto is as small as slab-minimal where it must be, and so has no line of its own "
            + "but with --batch-size. With --json: results, a list of {model, depth, parameters, batchSize, memory, "
            + "fits, peakBytes, totalBytes, cost, kept}, depth only with --deepest, cost and auto's kept only with "
            + "--batch-size, whose chosen entry stands beside the list, too.")
        {
            fit._budget, fit._batchSize, fit._deepest, fit._json,
        };
        command.AddAll([.. fit._model.All, .. fit._backend.Device]);
        command.SetAction(fit.Run);
        return command;
    }

    private void Run(ParseResult command)
    {
        using Backend backend = _backend.NewPlannedBackend(command);
        FitReport report = Search(command, backend);
        TextWriter output = command.InvocationConfiguration.Output;
        if (command.GetValue(_json))
            output.WriteLine(report.ToJson(backend));
        else
            report.Write(output, backend);
    }

    private FitReport Search(ParseResult command, Backend backend)
    {
        ModelConfiguration model = _model.Read(command);
        BudgetSearch search = new(backend, command.GetValue(_budget)!.Value);
        int? batchSize = command.GetValue(_batchSize) is { } given ? PlanCommand.RequireBatchSize(given) : null;
        if (command.GetValue(_deepest))
        {
            if (_model.IsDepthGiven(command))
            {
                throw new ArgumentException(
                    "--deepest searches for the depth: it takes no --depth, --block-config or --stage-units");
            }

            return FitReport.OfDepths(OfLadder(memory => search.Deepest(model, memory, batchSize ?? DefaultBatchSize)));
        }

        return batchSize is { } images
            ? FitReport.OfStrategies(search.EveryStrategy(model, images))
            : FitReport.OfBatches(OfLadder(memory => search.LargestBatch(model, memory)));
    }

    /// <summary>One answer a strategy, searched side by side: the deepest networks take seconds to plan.</summary>
    private static IReadOnlyList<SessionPlan> OfLadder(Func<MemoryStrategy, SessionPlan> answer)
    {
        Task<SessionPlan>[] answers = [.. MemoryStrategy.Ladder.Select(memory => Task.Run(() => answer(memory)))];
        return [.. answers.Select(task => task.GetAwaiter().GetResult())];
    }
}
