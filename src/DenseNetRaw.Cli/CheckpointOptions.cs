using System.CommandLine;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>The flags that say when checkpoints are saved, which are kept, and from which a run goes on.</summary>
internal sealed class CheckpointOptions
{
    private static readonly CheckpointSettings Defaults = new();

    private readonly Option<int?> _every = new("--checkpoint-every")
    {
        Description = "steps from one checkpoint to the next; 0 for none but when the run is stopped "
            + "[default: at the end of every epoch]",
    };

    private readonly Option<int> _keepLast = new("--keep-last")
    {
        Description = "the newest checkpoints that are kept",
        DefaultValueFactory = _ => Defaults.KeepLast,
    };

    private readonly Option<int> _keepBest = new("--keep-best")
    {
        Description = "checkpoints of the best test accuracy that are kept beside",
        DefaultValueFactory = _ => Defaults.KeepBest,
    };

    /// <summary>Every flag.</summary>
    public IReadOnlyList<Option> All => [_every, _keepLast, _keepBest, Resume];

    /// <summary>The flag that says where a run goes on.</summary>
    public Option<string?> Resume { get; } = new("--resume")
    {
        Description = "go on from the newest checkpoint of a run folder, or from a checkpoint's folder, with the "
            + "settings of that run where no flag says otherwise; 'auto': from the newest whole one in --output-dir, "
            + "or from the beginning where there is none",
        HelpName = "path|auto",
    };

    /// <summary>What was asked for.</summary>
    public CheckpointSettings Read(ParseResult command) => new()
    {
        EverySteps = command.GetValue(_every),
        KeepLast = command.GetValue(_keepLast),
        KeepBest = command.GetValue(_keepBest),
    };
}
