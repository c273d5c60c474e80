using System.CommandLine;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli;

/// <summary>The flags that networks whose layers add channels have in common.</summary>
internal sealed class GrowthOptions : FamilyOptions
{
    private readonly Option<int?> _growthRate = new("--growth-rate")
    {
        Description = "channels that each layer adds, k",
    };
    private readonly Option<int?> _initialChannels = new("--initial-channels")
    {
        Description = "channels of the first convolution",
    };

    /// <inheritdoc/>
    public override IReadOnlyList<Option> All => [_growthRate, _initialChannels];

    /// <inheritdoc/>
    public override string Models => "a DenseNet or an MSDNet";

    /// <inheritdoc/>
    public override bool AreFor(ModelConfiguration model) => model is DenseNetConfiguration or MsdNetConfiguration;

    /// <inheritdoc/>
    public override ModelConfiguration Override(ModelConfiguration model, ParseResult command)
    {
        (int? growthRate, int? initial) = (command.GetValue(_growthRate), command.GetValue(_initialChannels));
        return model switch
        {
            DenseNetConfiguration extents => Override(extents, growthRate ?? extents.GrowthRate, initial),
            MsdNetConfiguration extents => extents with
            {
                GrowthRate = growthRate ?? extents.GrowthRate,
                InitialChannels = initial ?? extents.InitialChannels,
            },
            _ => model,
        };
    }

    private static DenseNetConfiguration Override(DenseNetConfiguration extents, int growthRate, int? initial)
    {
        bool isInitialTwiceGrowth = extents.InitialChannels == 2 * extents.GrowthRate;
        return extents with
        {
            GrowthRate = growthRate,
            InitialChannels = initial
                ?? (isInitialTwiceGrowth ? (int)Math.Min(2L * growthRate, int.MaxValue) : extents.InitialChannels),
        };
    }
}
