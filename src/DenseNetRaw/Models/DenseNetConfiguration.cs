using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace DenseNetRaw.Models;

/// <summary>
/// The extents of a DenseNet. Huang et al. 2017, arXiv:1608.06993: section 4.2 for the CIFAR form (three blocks, 3×3
/// stem), table 1 for the ImageNet form (four blocks, 7×7 stem and maximum pooling).
/// </summary>
public sealed partial record DenseNetConfiguration : ModelConfiguration
{
    private const int CifarBlocks = 3;

    /// <summary>Dense layers of each block.</summary>
    public required IReadOnlyList<int> BlockLayers { get; init; }

    /// <summary>Channels that each layer adds, k.</summary>
    public required int GrowthRate { get; init; }

    /// <summary>Channels of the stem.</summary>
    public required int InitialChannels { get; init; }

    /// <summary>Channels between a layer's 1×1 and 3×3 convolutions, in growth rates; 0 for no bottleneck.</summary>
    public int BottleneckWidth { get; init; }

    /// <summary>Share of the channels that a transition lets through, θ.</summary>
    public double Compression { get; init; } = 1;

    /// <summary>Probability that dropout drops an element; 0 for none.</summary>
    public double DropRate { get; init; }

    /// <summary>Which convolutions dropout follows.</summary>
    public DropoutPlacement DropAfter { get; init; }

    /// <summary>
    /// Weight of the companion loss at the end of each block but the last; 0 for none, and no heads.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double DeepSupervision { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override int Depth => (BlockLayers.Sum() * LayersOfDepth) + BlockLayers.Count + 1;

    /// <summary>
    /// Whether the stem is 7×7 with stride 2, norm-relu and 3×3 maximum pooling; else it is a 3×3 convolution.
    /// </summary>
    public bool HasImageNetStem { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override IEnumerable<(string Flag, object Value)> Extents =>
    [
        ("block-config", BlockLayers),
        ("growth-rate", GrowthRate),
        ("initial-channels", InitialChannels),
        ("bottleneck-width", BottleneckWidth),
        ("compression", Compression),
        ("drop-rate", DropRate),
        ("drop-after", DropAfter == DropoutPlacement.EveryConvolution ? "every" : "3x3"),
        ("deep-supervision", DeepSupervision),
    ];

    /// <summary>
    /// The DenseNet of that name: <c>densenet[-bc]-L-k</c>, or <c>densenet121</c>, 169, 201, 161, 264.
    /// </summary>
    /// <exception cref="ArgumentException">The name is no DenseNet's, or its depth is impossible.</exception>
    public static new DenseNetConfiguration Named(string name)
    {
        DenseNetConfiguration? imageNet = name switch
        {
            "densenet121" => ImageNet(name, [6, 12, 24, 16], 32),
            "densenet169" => ImageNet(name, [6, 12, 32, 32], 32),
            "densenet201" => ImageNet(name, [6, 12, 48, 32], 32),
            "densenet161" => ImageNet(name, [6, 12, 36, 24], 48),
            "densenet264" => ImageNet(name, [6, 12, 64, 48], 32),
            _ => null,
        };
        if (imageNet is not null)
        {
            return imageNet;
        }

        Match match = CifarName().Match(name);
        if (!match.Success)
        {
            throw new ArgumentException(
                "expected a model densenet-L-k or densenet-bc-L-k (depth L, growth rate k), or densenet121, 169, 201, "
                + "161 or 264, or resnet-L, preact-resnet-L or stochastic-resnet-L, or msdnet-anytime-B, "
                + $"msdnet-budget-B or msdnet-imagenet-S, found '{name}'");
        }

        int growthRate = int.Parse(match.Groups["k"].ValueSpan, CultureInfo.InvariantCulture);
        bool isBottleneckCompressed = match.Groups["bc"].Success;
        DenseNetConfiguration cifar = new()
        {
            Name = name,
            BlockLayers = [],
            GrowthRate = growthRate,
            InitialChannels = isBottleneckCompressed ? 2 * growthRate : 16,
            BottleneckWidth = isBottleneckCompressed ? 4 : 0,
            Compression = isBottleneckCompressed ? 0.5 : 1,
        };
        return cifar.WithDepth(int.Parse(match.Groups["depth"].ValueSpan, CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// The same network of three equal blocks and L layers in all: L = 6n + 4 with bottlenecks, 3n + 4 without.
    /// </summary>
    /// <exception cref="ArgumentException">L has not that form.</exception>
    public override DenseNetConfiguration WithDepth(int depth)
    {
        int step = CifarBlocks * LayersOfDepth;
        if (depth < step + 4 || (depth - 4) % step != 0)
        {
            int lower = Math.Max(step + 4, depth - ((((depth - 4) % step) + step) % step));
            throw new ArgumentException(
                $"expected a depth of {step}n + 4 with n ≥ 1 for model '{Name}', for example {lower} or "
                + $"{lower + step}, found {depth}");
        }

        return this with { BlockLayers = Enumerable.Repeat((depth - 4) / step, CifarBlocks).ToArray() };
    }

    /// <summary>The network of this family, <c>densenet[-bc]-L-k</c>, with three blocks of so many layers.</summary>
    /// <exception cref="ArgumentException">Its name has no depth.</exception>
    public override DenseNetConfiguration WithBlocksOf(int layers)
    {
        if (!CifarName().IsMatch(Name))
        {
            throw HasOneDepth();
        }

        int depth = (layers * CifarBlocks * LayersOfDepth) + 4;
        string[] words = Name.Split('-');
        words[^2] = depth.ToString(CultureInfo.InvariantCulture);
        return (this with { Name = string.Join('-', words) }).WithDepth(depth);
    }

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Form => HasImageNetStem ? "ImageNet" : "CIFAR";

    /// <inheritdoc/>
    public override DenseNet NewModel() => new(this);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(
            BlockLayers.Count > 0 && BlockLayers.All(n => n >= 1), "--block-config", "at least one layer a block",
            string.Join(',', BlockLayers));
        Require(GrowthRate >= 1, "--growth-rate", "at least 1", GrowthRate);
        Require(InitialChannels >= 1, "--initial-channels", "at least 1", InitialChannels);
        Require(BottleneckWidth >= 0, "--bottleneck-width", "at least 0", BottleneckWidth);
        Require(Compression is > 0 and <= 1, "--compression", "above 0 and at most 1", Compression);
        Require(DropRate is >= 0 and < 1, "--drop-rate", "at least 0 and below 1", DropRate);
        RequireDeepSupervision(DeepSupervision, BlockLayers.Count);
        double widest = WidestChannels();
        Require(widest <= MostChannels, "channels", $"at most {MostChannels} in any layer", widest);
        RequireSideOf((HasImageNetStem ? 4 : 1) << (BlockLayers.Count - 1));
    }

    /// <summary>Convolutions that a dense layer adds to the depth.</summary>
    private int LayersOfDepth => BottleneckWidth > 0 ? 2 : 1;

    /// <summary>The channels of the widest feature map; in floating point, which does not overflow.</summary>
    private double WidestChannels()
    {
        double channels = InitialChannels, widest = Math.Max(InitialChannels, (double)BottleneckWidth * GrowthRate);
        foreach (int layers in BlockLayers)
        {
            channels += (double)layers * GrowthRate;
            widest = Math.Max(widest, channels);
            channels *= Compression;
        }

        return widest;
    }

    private static DenseNetConfiguration ImageNet(string name, IReadOnlyList<int> blockLayers, int growthRate) => new()
    {
        Name = name,
        BlockLayers = blockLayers,
        GrowthRate = growthRate,
        InitialChannels = 2 * growthRate,
        BottleneckWidth = 4,
        Compression = 0.5,
        Classes = 1000,
        InputHeight = 224,
        InputWidth = 224,
        HasImageNetStem = true,
    };

    [GeneratedRegex(@"^densenet(?<bc>-bc)?-(?<depth>\d{1,5})-(?<k>\d{1,5})$")]
    private static partial Regex CifarName();
}
