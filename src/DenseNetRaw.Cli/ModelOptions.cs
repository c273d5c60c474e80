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
        "msdnet-anytime-7", "msdnet-anytime-10", "msdnet-budget-5", "msdnet-budget-7", "msdnet-imagenet-4",
        "resnet-20", "resnet-110", "resnet-1202", "preact-resnet-164", "preact-resnet-1001", "stochastic-resnet-110",
    ];

    private readonly Option<string> _model;
    private readonly Option<int?> _classes = new("--classes") { Description = "number of classes" };
    private readonly Option<int?> _depth = new("--depth")
    {
        Description = "layers in all, L: of a DenseNet 6n + 4 with bottlenecks, 3n + 4 without; of a ResNet 6n + 2, "
            + "with pre-activation 9n + 2",
    };
    private readonly Option<int[]?> _inputSize = NewList(
        "--input-size",
        "rows and columns of the images, such as 32 or 224,224; image files are scaled and cropped to it");
    private readonly IReadOnlyList<FamilyOptions> _families =
    [
        new GrowthOptions(), new DenseNetOptions(), new ResNetOptions(), new DeepSupervisionOptions(),
        new MsdNetOptions(),
    ];

    /// <summary>The flags, with a model to fall back on.</summary>
    /// <param name="defaultModel">The model.</param>
    /// <param name="takesSeveral">Whether there may be several models, with commas between them.</param>
    /// <param name="name">The flag that names the model.</param>
    public ModelOptions(string defaultModel, bool takesSeveral = false, string name = "--model")
    {
        _model = new Option<string>(name)
        {
            Description =
                "densenet-L-k, densenet-bc-L-k (such as densenet-bc-100-12), densenet121, 169, 201, 161 or 264; "
                + "resnet-L, preact-resnet-L, stochastic-resnet-L (such as resnet-110); "
                + "msdnet-anytime-B, msdnet-budget-B (B classifiers), msdnet-imagenet-4, 6 or 7"
                + (takesSeveral ? "; several with commas between them" : ""),
            DefaultValueFactory = _ => defaultModel,
        };
    }

    /// <summary>Every flag.</summary>
    public IReadOnlyList<Option> All =>
        [_model, _classes, _depth, .. _families.SelectMany(family => family.All), _inputSize];

    /// <summary>Whether the model was named, rather than fallen back on.</summary>
    public bool IsModelGiven(ParseResult command) => command.GetResult(_model) is { Implicit: false };

    /// <summary>
    /// Whether it is not this model that is named again: then what flags changed in this one is not meant.
    /// </summary>
    public bool IsOther(ParseResult command, ModelConfiguration past) =>
        !IsModelGiven(command) || command.GetValue(_model) != past.Name;

    /// <summary>
    /// Rows and columns that image files are brought to: as given, else as the weights say, else those of ImageNet.
    /// </summary>
    /// <exception cref="ArgumentException">There are more than two, or one is not positive.</exception>
    public (int Height, int Width) ImageSize(ParseResult command, ModelConfiguration? described)
    {
        if (command.Given(_inputSize) is { } size)
        {
            return size.Length <= 2 && size.All(side => side is > 0 and <= DecodedSide)
                ? (size[0], size[^1])
                : throw NoSize(size);
        }

        return described is not null && !IsModelGiven(command)
            ? (described.InputHeight, described.InputWidth)
            : (DataSource.DefaultImageSide, DataSource.DefaultImageSide);
    }

    /// <summary>Whether a flag says how deep the network is, other than its name.</summary>
    public bool IsDepthGiven(ParseResult command) =>
        command.GetValue(_depth) is not null || LayersGiven(command) is not null;

    /// <summary>The configuration that the flags describe.</summary>
    /// <exception cref="ArgumentException">It is impossible.</exception>
    public ModelConfiguration Read(ParseResult command) =>
        Override(Named(command.GetValue(_model)!), command);

    /// <summary>The configurations that the flags describe: as many as models are named.</summary>
    /// <exception cref="ArgumentException">One is impossible.</exception>
    public IReadOnlyList<ModelConfiguration> ReadAll(ParseResult command) =>
    [
        .. command.GetValue(_model)!.Split(',', StringSplitOptions.TrimEntries).Distinct().Select(
            name => Override(Named(name), command)),
    ];

    /// <summary>
    /// The configuration for a data set: what the weights say unless a model was named, with the images' size and
    /// classes where it is the name that says what the network is; then the extents that were given.
    /// </summary>
    /// <exception cref="ArgumentException">It is impossible.</exception>
    public ModelConfiguration ReadFor(
        ParseResult command, ModelConfiguration? described, int? classes, int height, int width)
    {
        if (described is not null && !IsModelGiven(command))
            return Override(described, command);

        ModelConfiguration named = Named(command.GetValue(_model)!);
        return Override(
            named with { Classes = classes ?? named.Classes, InputHeight = height, InputWidth = width }, command);
    }

    /// <summary>
    /// How the model was trained by those who published it: what the weights describe unless a model was named, with
    /// the extents that were given, so that a run that goes on with the resulting network has the recipe it began with.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such model.</exception>
    public Recipe RecipeOf(ParseResult command, ModelConfiguration? described) => Change(
        described is not null && !IsModelGiven(command) ? described : Named(command.GetValue(_model)!), command).Recipe;

    /// <summary>A configuration with the extents that were given.</summary>
    /// <exception cref="ArgumentException">It is impossible.</exception>
    public ModelConfiguration Override(ModelConfiguration model, ParseResult command)
    {
        ModelConfiguration changed = Change(model, command);
        changed.Validate();
        return changed;
    }

    /// <summary>A flag that takes whole numbers with commas between them.</summary>
    internal static Option<int[]?> NewList(string name, string description) =>
        Flags.NewList<int>(name, description, "whole numbers", NumberStyles.None, null, ',', 'x');

    private static ArgumentException NoSize(int[] size) => new(
        $"--input-size must be rows and columns from 1 to {DecodedSide}, found {string.Join(',', size)}");

    /// <summary>A configuration with the extents that were given, which may be impossible for its images.</summary>
    private ModelConfiguration Change(ModelConfiguration model, ParseResult command)
    {
        int[] size = command.Given(_inputSize) ?? [model.InputHeight, model.InputWidth];
        if (size.Length > 2)
            throw NoSize(size);

        model = model with
        {
            Classes = command.GetValue(_classes) ?? model.Classes,
            InputHeight = size[0],
            InputWidth = size[^1],
        };
        foreach (FamilyOptions family in _families)
        {
            if (family.AreFor(model))
                model = family.Override(model, command);
            else if (family.All.FirstOrDefault(flag => command.GetResult(flag) is { Implicit: false }) is { } given)
                throw new ArgumentException($"{given.Name} changes {family.Models}, and model '{model.Name}' is none");
        }

        if (command.GetValue(_depth) is not { } depth)
            return model;
        return LayersGiven(command) is not { } layers
            ? Flags.Read(_depth, () => model.WithDepth(depth))
            : throw new ArgumentException(
                $"{_depth.Name} and {layers.Name} both say how deep model '{model.Name}' is: expected one of them, "
                + "found both");
    }

    private Option<int[]?>? LayersGiven(ParseResult command) => _families.Select(family => family.Layers)
        .FirstOrDefault(layers => layers is not null && command.Given(layers) is not null);

    private ModelConfiguration Named(string name) =>
        Flags.Read(_model, () => ModelConfiguration.Named(name), name, WellKnown);
}
