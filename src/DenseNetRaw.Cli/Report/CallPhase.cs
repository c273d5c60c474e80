using DenseNetRaw.Memory;

namespace DenseNetRaw.Cli.Report;

/// <summary>The parts of a step by name, the optimiser with them.</summary>
internal static class CallPhase
{
    /// <summary>Outputs from inputs.</summary>
    public const string Forward = "forward";

    /// <summary>A dropped output computed again.</summary>
    public const string Replay = "replay";

    /// <summary>Gradients.</summary>
    public const string Backward = "backward";

    /// <summary>The update of the parameters.</summary>
    public const string Optimiser = "optimiser";

    /// <summary>In the order in which charts have them.</summary>
    public static IReadOnlyList<string> All { get; } = [Forward, Replay, Backward, Optimiser];

    /// <summary>The name of a call's part.</summary>
    public static string Of(Phase phase) => phase switch
    {
        Phase.Forward => Forward,
        Phase.Replay => Replay,
        _ => Backward,
    };
}
