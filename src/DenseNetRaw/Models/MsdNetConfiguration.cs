using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace DenseNetRaw.Models;

/// <summary>
/// The extents of an MSDNet, a multi-scale dense network with a classifier after each of its blocks. Huang et al. 2018,
/// arXiv:1703.09844; widths, prunings and transitions as in the authors' code. Channels and growth rate are those of a
/// scale whose growth factor is 1.
/// </summary>
public sealed partial record MsdNetConfiguration : ModelConfiguration
{
    private const int MostLayers = 1 << 12;
    private const int MostScales = 12;

    /// <summary>Blocks, and so classifiers.</summary>
    public required int Blocks { get; init; }

    /// <summary>Layers of the first block.</summary>
    public required int Base { get; init; }

    /// <summary>What gives the layers of the other blocks, by <see cref="StepMode"/>.</summary>
    public required int Step { get; init; }

    /// <summary>How many layers the blocks after the first have.</summary>
    public MsdNetStepMode StepMode { get; init; }

    /// <summary>Channels of the first layer.</summary>
    public required int InitialChannels { get; init; }

    /// <summary>Channels that each layer adds.</summary>
    public required int GrowthRate { get; init; }

    /// <summary>By what channels and growth rate are multiplied at each scale, the finest first.</summary>
    public required IReadOnlyList<int> GrowthFactors { get; init; }

    /// <summary>
    /// Channels before a 3×3 convolution at each scale, in channels that it gives; never more than there are before
    /// the layer. Empty for no bottlenecks.
    /// </summary>
    public required IReadOnlyList<int> BottleneckFactors { get; init; }

    /// <summary>Where the finer scales end.</summary>
    public MsdNetPruning Prune { get; init; }

    /// <summary>Share of the channels that a transition lets through; 0 for no transitions.</summary>
    public double Reduction { get; init; } = 0.5;

    /// <summary>
    /// Whether the first layer is 7×7 with stride 2, norm-relu and 3×3 maximum pooling; else it is a 3×3 convolution.
    /// </summary>
    public bool HasImageNetStem { get; init; }

    /// <summary>Channels of the classifiers' convolutions; 0 for as many as each reads.</summary>
    public int ClassifierChannels { get; init; }

    /// <summary>Scales, each with half the rows and columns of the one before.</summary>
    [JsonIgnore]
    public int Scales => GrowthFactors.Count;

    /// <summary>
    /// Convolutions and the linear layer on the longest way to the last exit: at the coarsest scale.
    /// </summary>
    [JsonIgnore]
    public override int Depth => Scales + ((int)LayerCount() * (BottleneckFactors.Count > 0 ? 2 : 1))
        + Layers().Count(layer => layer.Compressed is not null) + 3;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Form => HasImageNetStem ? "ImageNet" : "CIFAR";

    /// <inheritdoc/>
    [JsonIgnore]
    public override IEnumerable<(string Flag, object Value)> Extents =>
    [
        ("blocks", Blocks),
        ("base", Base),
        ("step", Step),
        ("step-mode", StepMode == MsdNetStepMode.Even ? "even" : "lin_grow"),
        ("initial-channels", InitialChannels),
        ("growth-rate", GrowthRate),
        ("growth-factors", GrowthFactors),
        ("bottleneck-factors", BottleneckFactors.Count > 0 ? BottleneckFactors : [0]),
        ("prune", Prune == MsdNetPruning.Max ? "max" : "min"),
        ("reduction", Reduction),
        ("classifier-channels", ClassifierChannels),
    ];

    /// <summary>Whether a model of that name is an MSDNet.</summary>
    public static bool IsNamed(string name) => name.StartsWith("msdnet", StringComparison.Ordinal);

    /// <summary>
    /// The MSDNet of that name, with B classifiers: <c>msdnet-anytime-B</c>, the first after 4 layers and one every 2
    /// more, or <c>msdnet-budget-B</c>, the first after 1 layer and ever more layers between, both for CIFAR;
    /// <c>msdnet-imagenet-S</c> has five, S layers apart.
    /// </summary>
    /// <exception cref="ArgumentException">The name is no MSDNet's.</exception>
    public static new MsdNetConfiguration Named(string name)
    {
        Match match = NameForm().Match(name);
        if (!match.Success)
        {
            throw new ArgumentException(
                "expected a model msdnet-anytime-B or msdnet-budget-B with B classifiers, or msdnet-imagenet-S with "
                + $"one every S layers, found '{name}'");
        }

        int number = int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
        return match.Groups["kind"].ValueSpan switch
        {
            "anytime" => Cifar(name, number, first: 4, step: 2, MsdNetStepMode.Even),
            "budget" => Cifar(name, number, first: 1, step: 1, MsdNetStepMode.LinearGrowth),
            _ => ImageNet(name, number),
        };
    }

    /// <inheritdoc/>
    [JsonIgnore]
    public override Recipe Recipe => HasImageNetStem ? Recipe.ImageNet : Recipe.MsdNet;

    /// <inheritdoc/>
    public override MsdNet NewModel() => new(this);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(Blocks >= 1, "--blocks", "at least 1", Blocks);
        Require(Base >= 1, "--base", "at least 1", Base);
        Require(Step >= 1, "--step", "at least 1", Step);
        Require(
            StepMode != MsdNetStepMode.Even || Base >= Step, "--base", $"at least --step {Step} where steps are even",
            Base);
        Require(LayerCount() <= MostLayers, "layers", $"at most {MostLayers} in all", LayerCount());
        ValidateChannels();
        ValidatePruning();
        RequireSideOf((HasImageNetStem ? 4 : 1) << (Scales + 1));
    }

    /// <summary>Its layers in order.</summary>
    internal IReadOnlyList<MsdNetLayer> Layers()
    {
        List<MsdNetLayer> layers = [];
        int channels = InitialChannels, count = (int)LayerCount();
        for (int block = 0; block < Blocks; block++)
        {
            for (long i = LayersOfBlock(block); i > 0; i--)
            {
                MsdNetLayer layer = LayerAt(layers.Count + 1, count, block, channels);
                layers.Add(layer);
                channels = layer.Compressed ?? (channels + GrowthRate);
            }
        }

        return layers;
    }

    private MsdNetLayer LayerAt(int ordinal, int count, int block, int channels)
    {
        int interval = IntervalOf(count);
        (int inputs, int outputs) = Prune == MsdNetPruning.Max
            ? (Scales - (Math.Max(0, ordinal - 2) / interval), Scales - ((ordinal - 1) / interval))
            : (Math.Min(Scales, count - ordinal + 2), Math.Min(Scales, count - ordinal + 1));
        bool isCompressed = Reduction > 0 && (Prune == MsdNetPruning.Max
            ? inputs > outputs
            : ordinal == count / 3 || ordinal == 2 * count / 3);
        return new MsdNetLayer(
            block, inputs, outputs, channels, isCompressed ? (int)(Reduction * (channels + GrowthRate)) : null);
    }

    private long LayersOfBlock(int block) => block == 0 ? Base
        : StepMode == MsdNetStepMode.Even ? Step
        : ((long)Step * block) + 1;

    /// <summary>Layers of all blocks; in floating point where they are beyond counting.</summary>
    private double LayerCount()
    {
        double others = Blocks - 1;
        return Base + (StepMode == MsdNetStepMode.Even ? Step * others : (Step * others * (others + 1) / 2) + others);
    }

    /// <summary>Layers after which one more scale ends where most is pruned.</summary>
    private int IntervalOf(int layers) => (layers + Scales - 1) / Scales;

    /// <summary>The next number of blocks that leaves one scale where most is pruned, in words.</summary>
    private string Enough()
    {
        for (int blocks = Blocks + 1; blocks <= Blocks + MostScales; blocks++)
        {
            double layers = (this with { Blocks = blocks }).LayerCount();
            if (layers <= MostLayers && ((int)layers - 1) / IntervalOf((int)layers) == Scales - 1)
                return FormattableString.Invariant($" (--blocks {blocks} has {layers})");
        }

        return "";
    }

    private static bool AreChannels(int number) => number is >= 1 and <= MostChannels;

    private void ValidateChannels()
    {
        string factors = string.Join('-', GrowthFactors);
        Require(AreChannels(InitialChannels), "--initial-channels", $"from 1 to {MostChannels}", InitialChannels);
        Require(AreChannels(GrowthRate), "--growth-rate", $"from 1 to {MostChannels}", GrowthRate);
        Require(
            Scales is >= 1 and <= MostScales && GrowthFactors.All(AreChannels),
            "--growth-factors", $"at least 1 each, for 1 to {MostScales} scales", factors);
        Require(
            BottleneckFactors.Count == 0
                || (BottleneckFactors.Count == Scales && BottleneckFactors.All(AreChannels)),
            "--bottleneck-factors", $"0 for none, or at least 1 for each of the {Scales} scales of --growth-factors "
                + factors, string.Join('-', BottleneckFactors));
        Require(
            GrowthFactors.Skip(1).All(factor => (long)GrowthRate * factor % 2 == 0), "--growth-rate",
            $"even, or all of --growth-factors {factors} but the first, as half of what a scale adds comes from the "
                + "one before it", GrowthRate);
        Require(Reduction is >= 0 and <= 1, "--reduction", "at least 0 and at most 1", Reduction);
        Require(
            ClassifierChannels is >= 0 and <= MostChannels, "--classifier-channels", $"from 0 to {MostChannels}",
            ClassifierChannels);
    }

    private void ValidatePruning()
    {
        int count = (int)LayerCount();
        Require(
            Prune != MsdNetPruning.Min || count >= Scales - 1, "layers",
            $"at least {Scales - 1} in all, for --prune min to leave {Scales - 1} scales one by one", count);
        IReadOnlyList<MsdNetLayer> layers = Layers();
        Require(
            layers[^1].OutputScales == 1, "layers",
            $"as many in all as --prune max, which leaves one of {Scales} scales every {IntervalOf(count)}, needs to "
                + $"end with one{Enough()}", count);
        Require(
            layers.All(layer => layer.Compressed != 0), "--reduction",
            "large enough for a transition to keep a channel", Reduction);
        double widest = layers.Max(layer => (double)layer.Channels + GrowthRate) * GrowthFactors.Max();
        Require(widest <= MostChannels, "channels", $"at most {MostChannels} in any layer", widest);
    }

    private static MsdNetConfiguration Cifar(string name, int blocks, int first, int step, MsdNetStepMode mode) => new()
    {
        Name = name,
        Blocks = blocks,
        Base = first,
        Step = step,
        StepMode = mode,
        InitialChannels = 16,
        GrowthRate = 6,
        GrowthFactors = [1, 2, 4],
        BottleneckFactors = [1, 2, 4],
        ClassifierChannels = 128,
    };

    private static MsdNetConfiguration ImageNet(string name, int step) => new()
    {
        Name = name,
        Blocks = 5,
        Base = step,
        Step = step,
        InitialChannels = 32,
        GrowthRate = 16,
        GrowthFactors = [1, 2, 4, 4],
        BottleneckFactors = [1, 2, 4, 4],
        Classes = 1000,
        InputHeight = 224,
        InputWidth = 224,
        HasImageNetStem = true,
    };

    [GeneratedRegex(@"^msdnet-(?<kind>anytime|budget|imagenet)-(?<number>\d{1,3})$")]
    private static partial Regex NameForm();
}
