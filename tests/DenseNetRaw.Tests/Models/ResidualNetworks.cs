using DenseNetRaw.Backends;
using DenseNetRaw.Models;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Tests.Models;

/// <summary>Small networks of every kind of residual unit, with and without gates, biases and heads.</summary>
internal static class ResidualNetworks
{
    public static IEnumerable<ModelConfiguration> All =>
    [
        Small("resnet-8", [4, 7, 9]) with { StageUnits = [2, 1, 2], DeepSupervision = 0.3 },
        Small("preact-resnet-11", [8, 12, 20]) with { StageUnits = [2, 1, 2], DeepSupervision = 0.25 },
        Stochastic,
        Small("preact-resnet-11", [8, 12, 20]) with { StageUnits = [2, 2, 2], SurvivalRate = 0.3 },
        DenseNetConfiguration.Named("densenet-bc-10-3") with
        {
            InputHeight = 9,
            InputWidth = 10,
            DropRate = 0.1,
            DeepSupervision = 0.4,
        },
    ];

    public static ResNetConfiguration Stochastic { get; } =
        Small("stochastic-resnet-8", [4, 6, 9]) with { StageUnits = [2, 2, 2] };

    /// <summary>The step that <see cref="NetworkStep"/> plays.</summary>
    public static StepState Step { get; } = new(NetworkStep.Seed, Number: 5, LearningRate: 0.1);

    /// <summary>Which units survive that step.</summary>
    public static bool[] Survivors(ResNetConfiguration network)
    {
        int units = network.StageUnits.Sum();
        return [.. Enumerable.Range(0, units).Select(l =>
            SurvivalGates.IsOpen(Step, l, units, network.SurvivalRate))];
    }

    private static ResNetConfiguration Small(string name, int[] widths) => ResNetConfiguration.Named(name) with
    {
        StageWidths = widths,
        Classes = 4,
        InputHeight = 9,
        InputWidth = 10,
    };
}
