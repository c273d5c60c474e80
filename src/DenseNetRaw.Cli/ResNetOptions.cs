using System.CommandLine;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli;

/// <summary>The flags that change the extents of a ResNet.</summary>
internal sealed class ResNetOptions : FamilyOptions
{
    private readonly Option<int[]?> _stageUnits = ModelOptions.NewList(
        "--stage-units", "residual units of each stage of a ResNet, such as 18,18,18");
    private readonly Option<int[]?> _stageWidths = ModelOptions.NewList(
        "--stage-widths", "channels of each stage of a ResNet, such as 16,32,64");
    private readonly Option<double?> _survivalRate = RealOption.NewOptional(
        "--survival-rate",
        "stochastic depth: probability that a ResNet's last unit survives a training step, falling to it linearly "
        + "[default: 0.5 for stochastic-resnet-L, else 1]");

    /// <inheritdoc/>
    public override IReadOnlyList<Option> All => [_stageUnits, _stageWidths, _survivalRate];

    /// <inheritdoc/>
    public override string Models => "a ResNet";

    /// <inheritdoc/>
    public override bool AreFor(ModelConfiguration model) => model is ResNetConfiguration;

    /// <inheritdoc/>
    public override Option<int[]?> Layers => _stageUnits;

    /// <inheritdoc/>
    public override ModelConfiguration Override(ModelConfiguration model, ParseResult command)
    {
        ResNetConfiguration extents = (ResNetConfiguration)model;
        return extents with
        {
            StageUnits = command.Given(_stageUnits) ?? extents.StageUnits,
            StageWidths = command.Given(_stageWidths) ?? extents.StageWidths,
            SurvivalRate = command.GetValue(_survivalRate) ?? extents.SurvivalRate,
        };
    }
}
