using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using DenseNetRaw.Modules;

namespace DenseNetRaw.Models;

/// <summary>
/// The extents of a residual network for small images. He et al. 2016, arXiv:1512.03385, section 4.2, and
/// arXiv:1603.05027 for pre-activation; Huang et al. 2016, arXiv:1603.09382 for stochastic depth.
/// </summary>
public sealed partial record ResNetConfiguration : ModelConfiguration
{
    private const int CifarStages = 3;

    /// <summary>Beyond any machine, and few enough to be recorded.</summary>
    private const int MostUnits = 1 << 16;

    /// <summary>Residual units of each stage.</summary>
    public required IReadOnlyList<int> StageUnits { get; init; }

    /// <summary>Channels after each unit of a stage.</summary>
    public required IReadOnlyList<int> StageWidths { get; init; }

    /// <summary>
    /// Whether norm and ReLU come before each convolution, in units with a bottleneck; else after each, in basic units.
    /// </summary>
    public bool IsPreactivation { get; init; }

    /// <summary>
    /// Whether convolutions have biases. A norm takes them away again, so they change no answer of a post-activation
    /// network; but the network of stochastic depth was published with them, and they count as its parameters.
    /// </summary>
    public bool HasBiases { get; init; }

    /// <summary>
    /// The probability with which the last unit's branch survives a training step, falling to it linearly from the
    /// first unit's; 1 where all always do.
    /// </summary>
    public double SurvivalRate { get; init; } = 1;

    /// <summary>
    /// Weight of the companion loss at the end of each stage but the last; 0 for none, and no heads.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double DeepSupervision { get; init; }

    /// <summary>Channels of the first convolution: those that the first stage's 3×3 convolutions have.</summary>
    [JsonIgnore]
    public int InitialChannels => IsPreactivation ? StageWidths[0] / PreactivationUnit.Expansion : StageWidths[0];

    /// <inheritdoc/>
    [JsonIgnore]
    public override int Depth => (int)Math.Min(int.MaxValue, (Units * UnitLayers) + 2);

    /// <inheritdoc/>
    [JsonIgnore]
    public override IEnumerable<(string Flag, object Value)> Extents =>
    [
        ("stage-units", StageUnits),
        ("stage-widths", StageWidths),
        ("survival-rate", SurvivalRate),
        ("deep-supervision", DeepSupervision),
    ];

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Form =>
        (IsPreactivation ? "pre-activation" : "post-activation") + (HasBiases ? " with biases" : "");

    /// <summary>Whether a name is meant as one of this family's.</summary>
    public static bool IsNamed(string name) => name.Contains("resnet", StringComparison.Ordinal);

    /// <summary>
    /// The network of that name: <c>resnet-L</c>, <c>preact-resnet-L</c>, or <c>stochastic-resnet-L</c>, which is the
    /// first with a survival rate of 0.5 and, as published, with biases.
    /// </summary>
    /// <exception cref="ArgumentException">The name is no ResNet's, or its depth is impossible.</exception>
    public static new ResNetConfiguration Named(string name)
    {
        Match match = Pattern().Match(name);
        if (!match.Success)
        {
            throw new ArgumentException(
                $"expected a model resnet-L, preact-resnet-L or stochastic-resnet-L (depth L), found '{name}'");
        }

        bool isPreactivation = match.Groups["kind"].ValueSpan is "preact-";
        bool isStochastic = match.Groups["kind"].ValueSpan is "stochastic-";
        ResNetConfiguration network = new()
        {
            Name = name,
            StageUnits = [],
            StageWidths = isPreactivation ? [64, 128, 256] : [16, 32, 64],
            IsPreactivation = isPreactivation,
            HasBiases = isStochastic,
            SurvivalRate = isStochastic ? 0.5 : 1,
        };
        return network.WithDepth(int.Parse(match.Groups["depth"].ValueSpan, CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// The same network of three equal stages and L layers in all: L = 9n + 2 with bottlenecks, 6n + 2 without.
    /// </summary>
    /// <exception cref="ArgumentException">L has not that form.</exception>
    public override ResNetConfiguration WithDepth(int depth)
    {
        int step = CifarStages * UnitLayers;
        int units = (depth - 2) / step;
        if (units >= 1 && depth == (units * step) + 2)
        {
            return this with
            {
                StageUnits = Enumerable.Repeat(units, CifarStages).ToArray(),
                StageWidths = StageWidths.Count == CifarStages ? StageWidths : throw HasOtherStages(),
            };
        }

        int lower = (Math.Max(1, units) * step) + 2;
        throw new ArgumentException(
            $"expected a depth of {step}n + 2 with n ≥ 1 for model '{Name}', for example {lower} or {lower + step}, "
            + $"found {depth}");
    }

    /// <summary>The network of this name's kind with three stages of so many units.</summary>
    public override ResNetConfiguration WithBlocksOf(int layers)
    {
        int depth = (layers * CifarStages * UnitLayers) + 2;
        string kind = Name[..(Name.LastIndexOf('-') + 1)];
        return (this with { Name = string.Create(CultureInfo.InvariantCulture, $"{kind}{depth}") }).WithDepth(depth);
    }

    /// <inheritdoc/>
    [JsonIgnore]
    public override Recipe Recipe => IsPreactivation ? Recipe.PreactivationResNet
        : SurvivalRate < 1 ? Recipe.StochasticDepth
        : Depth >= 110 ? Recipe.ResNet110 : Recipe.ResNet;

    /// <inheritdoc/>
    public override ResNet NewModel() => new(this);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(
            StageUnits.Count > 0 && StageUnits.All(n => n >= 1), "--stage-units", "at least one unit a stage",
            string.Join(',', StageUnits));
        Require(Units <= MostUnits, "--stage-units", $"at most {MostUnits} units in all", Units);
        string widths = string.Join(',', StageWidths);
        Require(
            StageWidths.Count == StageUnits.Count, "--stage-widths", $"as many as there are stages, {StageUnits.Count}",
            widths);
        int multiple = IsPreactivation ? PreactivationUnit.Expansion : 1;
        Require(
            StageWidths.All(width => width >= multiple && width <= MostChannels && width % multiple == 0),
            "--stage-widths",
            (multiple > 1 ? $"multiples of {multiple}, as units have a bottleneck of a quarter of their channels, and "
                : "at least 1 and ") + $"at most {MostChannels}",
            widths);
        Require(
            IsPreactivation || StageWidths.Zip(StageWidths.Skip(1)).All(pair => pair.First <= pair.Second),
            "--stage-widths", "ascending, as shortcuts append channels and take none away", widths);
        Require(
            SurvivalRate is > 0 and <= 1, "--survival-rate", "above 0 and at most 1", SurvivalRate);
        RequireDeepSupervision(DeepSupervision, StageUnits.Count);
        RequireSideOf(StageUnits.Count > 30 ? int.MaxValue : 1 << (StageUnits.Count - 1));
    }

    private long Units => StageUnits.Sum(units => (long)units);

    /// <summary>Convolutions of a unit.</summary>
    private int UnitLayers => IsPreactivation ? 3 : 2;

    private ArgumentException HasOtherStages() => new(
        $"model '{Name}' has {StageWidths.Count} stages: expected {CifarStages} for a depth to be chosen");

    [GeneratedRegex(@"^(?<kind>preact-|stochastic-)?resnet-(?<depth>\d{1,5})$")]
    private static partial Regex Pattern();
}
