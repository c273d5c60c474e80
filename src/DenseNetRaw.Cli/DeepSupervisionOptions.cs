using System.CommandLine;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli;

/// <summary>The flag that gives a network heads before its end, for training alone.</summary>
internal sealed class DeepSupervisionOptions : FamilyOptions
{
    private readonly Option<double?> _weight = RealOption.NewOptional(
        "--deep-supervision",
        "weight of a companion loss at the end of each block or stage of a DenseNet or ResNet but the last; in "
        + "training alone [default: 0]");

    /// <inheritdoc/>
    public override IReadOnlyList<Option> All => [_weight];

    /// <inheritdoc/>
    public override string Models => "a DenseNet or a ResNet";

    /// <inheritdoc/>
    public override bool AreFor(ModelConfiguration model) => model is DenseNetConfiguration or ResNetConfiguration;

    /// <inheritdoc/>
    public override ModelConfiguration Override(ModelConfiguration model, ParseResult command) =>
        (model, command.GetValue(_weight)) switch
        {
            (DenseNetConfiguration denseNet, { } weight) => denseNet with { DeepSupervision = weight },
            (ResNetConfiguration resNet, { } weight) => resNet with { DeepSupervision = weight },
            _ => model,
        };
}
