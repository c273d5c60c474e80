using System.CommandLine;
using System.Globalization;
using DenseNetRaw.Data;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli;

/// <summary>The flags that name a model and change its extents.</summary>
internal sealed class ModelOptions
{
    /// <summary>The largest side that image files are brought to.</summary>
    private const int DecodedSide = 8192;

    /// <summary>Models that a slip of the keyboard may have meant: ImageNet's and the paper's.</summary>
    private static readonly string[] WellKnown =
    [
        "densenet121", "densenet169", "densenet201", "densenet161", "densenet264", "densenet-40-12", "densenet-100-12",
        "densenet-100-24", "densenet-bc-22-12", "densenet-bc-100-12", "densenet-bc-250-24", "densenet-bc-190-40",
    ];

    private readonly Option<string> _model;
    private readonly Option<int?> _classes = new("--classes") { Description = "number of classes" };
    private readonly Option<int?> _depth = new("--depth")
    {
        Description = "layers in all, L: 6n + 4 with bottlenecks, 3n + 4 without",
    };
    private readonly Option<int?> _growthRate = new("--growth-rate")
    {
        Description = "channels that each layer adds, k",
    };
    private readonly Option<int[]?> _blockConfig = NewList(
        "--block-config", "layers of each block, such as 6,12,24,16");
    private readonly Option<double?> _compression = RealOption.NewOptional(
        "--compression", "share of channels that transitions let through");
    private readonly Option<int?> _bottleneckWidth = new("--bottleneck-width")
    {
        Description = "bottleneck channels in growth rates; 0 for none",
    };
    private readonly Option<int?> _initialChannels = new("--initial-channels")
    {
        Description = "channels of the first convolution",
    };
    private readonly Option<double?> _dropRate = RealOption.NewOptional(
        "--drop-rate", "probability that dropout drops an element [default: 0]");
    private readonly Option<string?> _dropAfter = new("--drop-after")
    {
        Description = "convolutions that dropout follows: every, as in the paper, or 3x3, as in torchvision "
            + "[default: every, or what the weights say]",
    };
    private readonly Option<int[]?> _inputSize = NewList(
        "--input-size",
        "rows and columns of the images, such as 32 or 224,224; image files are scaled and cropped to it");

    /// <summary>The flags, with a model to fall back on.</summary>
    /// <param name="defaultModel">The model.</param>
    /// <param name="takesSeveral">Whether there may be several models, with commas between them.</param>
    public ModelOptions(string defaultModel, bool takesSeveral = false)
    {
        _model = new Option<string>("--model")
        {
            Description =
                "densenet-L-k, densenet-bc-L-k (such as densenet-bc-100-12), densenet121, 169, 201, 161 or 264"
                + (takesSeveral ? "; several with commas between them" : ""),
            DefaultValueFactory = _ => defaultModel,
        };
        _dropAfter.TakeOnly("every", "3x3");
    }

    /// <summary>Every flag.</summary>
    public IReadOnlyList<Option> All =>
        [
            _model, _classes, _depth, _growthRate, _blockConfig, _compression, _bottleneckWidth, _initialChannels,
            _dropRate, _dropAfter, _inputSize,
        ];

    /// <summary>Whether the model was named, rather than fallen back on.</summary>
    public bool IsModelGiven(ParseResult command) => command.GetResult(_model) is { Implicit: false };

    /// <summary>
    /// Rows and columns that image files are brought to: as given, else as the weights say, else those of ImageNet.
    /// </summary>
    /// <exception cref="ArgumentException">There are more than two, or one is not positive.</exception>
    public (int Height, int Width) ImageSize(ParseResult command, DenseNetConfiguration? described)
    {
        if (command.Given(_inputSize) is { } size)
        {
            return size.Length <= 2 && size.All(side => side is > 0 and <= DecodedSide)
                ? (size[0], size[^1])
                : throw new ArgumentException(
                    $"--input-size must be rows and columns from 1 to {DecodedSide}, found {string.Join(',', size)}");
        }

        return described is not null && !IsModelGiven(command)
            ? (described.InputHeight, described.InputWidth)
            : (DataSource.DefaultImageSide, DataSource.DefaultImageSide);
    }

    /// <summary>Whether a flag says how deep the network is, other than its name.</summary>
    public bool IsDepthGiven(ParseResult command) =>
        command.GetValue(_depth) is not null || command.Given(_blockConfig) is not null;

    /// <summary>The configuration that the flags describe.</summary>
    /// <exception cref="ArgumentException">It is impossible.</exception>
    public DenseNetConfiguration Read(ParseResult command) =>
        Override(Named(command.GetValue(_model)!), command);

    /// <summary>The configurations that the flags describe: as many as models are named.</summary>
    /// <exception cref="ArgumentException">One is impossible.</exception>
    public IReadOnlyList<DenseNetConfiguration> ReadAll(ParseResult command) =>
    [
        .. command.GetValue(_model)!.Split(',', StringSplitOptions.TrimEntries).Distinct().Select(
            name => Override(Named(name), command)),
    ];

    /// <summary>
    /// The configuration for a data set: what the weights say unless a model was named, with the images' size and
    /// classes where it is the name that says what the network is; then the extents that were given.
    /// </summary>
    /// <exception cref="ArgumentException">It is impossible.</exception>
    public DenseNetConfiguration ReadFor(
        ParseResult command, DenseNetConfiguration? described, int? classes, int height, int width)
    {
        if (described is not null && !IsModelGiven(command))
            return Override(described, command);

        DenseNetConfiguration named = Named(command.GetValue(_model)!);
        return Override(
            named with { Classes = classes ?? named.Classes, InputHeight = height, InputWidth = width }, command);
    }

    /// <summary>A configuration with the extents that were given.</summary>
    /// <exception cref="ArgumentException">It is impossible.</exception>
    public DenseNetConfiguration Override(DenseNetConfiguration model, ParseResult command)
    {
        int growthRate = command.GetValue(_growthRate) ?? model.GrowthRate;
        bool isInitialTwiceGrowth = model.InitialChannels == 2 * model.GrowthRate;
        int[] size = command.Given(_inputSize) ?? [model.InputHeight, model.InputWidth];
        if (size.Length > 2)
            throw new ArgumentException($"--input-size must be rows and columns, found {string.Join(',', size)}");

        model = model with
        {
            GrowthRate = growthRate,
            InitialChannels = command.GetValue(_initialChannels)
                ?? (isInitialTwiceGrowth ? (int)Math.Min(2L * growthRate, int.MaxValue) : model.InitialChannels),
            BottleneckWidth = command.GetValue(_bottleneckWidth) ?? model.BottleneckWidth,
            Compression = command.GetValue(_compression) ?? model.Compression,
            Classes = command.GetValue(_classes) ?? model.Classes,
            DropRate = command.GetValue(_dropRate) ?? model.DropRate,
            DropAfter = command.GetValue(_dropAfter) switch
            {
                "3x3" => DropoutPlacement.ThreeByThree,
                "every" => DropoutPlacement.EveryConvolution,
                _ => model.DropAfter,
            },
            InputHeight = size[0],
            InputWidth = size[^1],
        };
        model = command.GetValue(_depth) is { } depth ? Flags.Read(_depth, () => model.WithDepth(depth)) : model;
        model = command.Given(_blockConfig) is { } blocks ? model with { BlockLayers = blocks } : model;
        model.Validate();
        return model;
    }

    private static Option<int[]?> NewList(string name, string description) =>
        Flags.NewList<int>(name, description, "whole numbers", NumberStyles.None, null, ',', 'x');

    private DenseNetConfiguration Named(string name) =>
        Flags.Read(_model, () => DenseNetConfiguration.Named(name), name, WellKnown);
}
