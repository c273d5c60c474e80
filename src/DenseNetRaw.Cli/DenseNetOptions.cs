using System.CommandLine;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli;

/// <summary>The flags that change the extents of a DenseNet.</summary>
internal sealed class DenseNetOptions : FamilyOptions
{
    private readonly Option<int[]?> _blockConfig = ModelOptions.NewList(
        "--block-config", "layers of each block, such as 6,12,24,16");
    private readonly Option<double?> _compression = RealOption.NewOptional(
        "--compression", "share of channels that transitions let through");
    private readonly Option<int?> _bottleneckWidth = new("--bottleneck-width")
    {
        Description = "bottleneck channels in growth rates; 0 for none",
    };
    private readonly Option<double?> _dropRate = RealOption.NewOptional(
        "--drop-rate", "probability that dropout drops an element [default: 0]");
    private readonly Option<string?> _dropAfter = new("--drop-after")
    {
        Description = "convolutions that dropout follows: every, as in the paper, or 3x3, as in torchvision "
            + "[default: every, or what the weights say]",
    };

    /// <summary>The flags.</summary>
    public DenseNetOptions() => _dropAfter.TakeOnly("every", "3x3");

    /// <inheritdoc/>
    public override IReadOnlyList<Option> All =>
        [_blockConfig, _compression, _bottleneckWidth, _dropRate, _dropAfter];

    /// <inheritdoc/>
    public override string Models => "a DenseNet";

    /// <inheritdoc/>
    public override Option<int[]?> Layers => _blockConfig;

    /// <inheritdoc/>
    public override bool AreFor(ModelConfiguration model) => model is DenseNetConfiguration;

    /// <inheritdoc/>
    public override ModelConfiguration Override(ModelConfiguration model, ParseResult command)
    {
        DenseNetConfiguration extents = (DenseNetConfiguration)model;
        return extents with
        {
            BottleneckWidth = command.GetValue(_bottleneckWidth) ?? extents.BottleneckWidth,
            Compression = command.GetValue(_compression) ?? extents.Compression,
            DropRate = command.GetValue(_dropRate) ?? extents.DropRate,
            DropAfter = command.GetValue(_dropAfter) switch
            {
                "3x3" => DropoutPlacement.ThreeByThree,
                "every" => DropoutPlacement.EveryConvolution,
                _ => extents.DropAfter,
            },
            BlockLayers = command.Given(_blockConfig) ?? extents.BlockLayers,
        };
    }
}
