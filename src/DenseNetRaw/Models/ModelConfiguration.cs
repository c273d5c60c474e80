using System.Globalization;
using System.Text.Json.Serialization;
using DenseNetRaw.Data;

namespace DenseNetRaw.Models;

/// <summary>The extents of a network of any family: what its name, flags and weights files say of it.</summary>
[JsonConverter(typeof(ModelConfigurationConverter))]
public abstract record ModelConfiguration
{
    /// <summary>Beyond any machine, and small enough that planes and weights can be counted.</summary>
    protected const int MostChannels = 1 << 16;
    private const int LargestSide = 1 << 13;

    /// <summary>The name it was asked for by, such as <c>densenet-bc-100-12</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Number of classes.</summary>
    public int Classes { get; init; } = 10;

    /// <summary>Rows of the images.</summary>
    public int InputHeight { get; init; } = 32;

    /// <summary>Columns of the images.</summary>
    public int InputWidth { get; init; } = 32;

    /// <summary>Layers in all: convolutions one after another, and the linear layer.</summary>
    [JsonIgnore]
    public abstract int Depth { get; }

    /// <summary>The flags that give the network its extents, without dashes, and what each of them says.</summary>
    [JsonIgnore]
    public abstract IEnumerable<(string Flag, object Value)> Extents { get; }

    /// <summary>
    /// What of its form no flag gives, only its name, in a word: such as <c>ImageNet</c> or <c>CIFAR</c>.
    /// </summary>
    [JsonIgnore]
    public abstract string Form { get; }

    /// <summary>How the family was trained by those who published it.</summary>
    [JsonIgnore]
    public virtual Recipe Recipe => Recipe.DenseNet;

    /// <summary>The network of that name, of the family that the name begins with.</summary>
    /// <exception cref="ArgumentException">No family has it, or its depth is impossible.</exception>
    public static ModelConfiguration Named(string name) =>
        ResNetConfiguration.IsNamed(name) ? ResNetConfiguration.Named(name)
        : MsdNetConfiguration.IsNamed(name) ? MsdNetConfiguration.Named(name)
        : DenseNetConfiguration.Named(name);

    /// <summary>The network of these extents.</summary>
    /// <exception cref="ArgumentException">Some extent is impossible.</exception>
    public abstract Model NewModel();

    /// <summary>The same network with so many layers in all, as its name counts them.</summary>
    /// <exception cref="ArgumentException">It has one depth, or not that one.</exception>
    public virtual ModelConfiguration WithDepth(int depth) => throw HasOneDepth();

    /// <summary>The network of this name's family whose stages have so many layers each.</summary>
    /// <exception cref="ArgumentException">It has one depth.</exception>
    public virtual ModelConfiguration WithBlocksOf(int layers) => throw HasOneDepth();

    /// <summary>Fails if any extent is impossible.</summary>
    /// <exception cref="ArgumentException">Names it, what was expected and what was found.</exception>
    public virtual void Validate()
    {
        Require(Classes is >= 2 and <= MostChannels, "--classes", $"at least 2 and at most {MostChannels}", Classes);
        Require(
            InputHeight <= LargestSide && InputWidth <= LargestSide,
            "--input-size",
            $"at most {LargestSide}×{LargestSide}",
            $"{InputHeight}×{InputWidth}");
    }

    /// <summary>Fails unless the network takes these images and has their classes.</summary>
    /// <exception cref="ArgumentException">Names both sizes, or both numbers of classes.</exception>
    public void RequireFit(ImageDataset images)
    {
        if ((InputHeight, InputWidth) != (images.Height, images.Width))
        {
            throw new ArgumentException(
                $"model '{Name}' takes images of {InputHeight}×{InputWidth}, and those of '{images.Name}' are "
                + $"{images.Height}×{images.Width}");
        }

        if (Classes != images.Classes.Count)
        {
            throw new ArgumentException(
                $"model '{Name}' has {Classes} classes, and '{images.Name}' has {images.Classes.Count}");
        }
    }

    /// <summary>Fails unless a setting is possible.</summary>
    /// <exception cref="ArgumentException">Names it, what was expected and what was found.</exception>
    protected static void Require(bool holds, string setting, string expected, object found)
    {
        if (!holds)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{setting} must be {expected}, found {found}"));
        }
    }

    /// <summary>Fails unless the images are large enough to be halved so often.</summary>
    /// <exception cref="ArgumentException">They are not.</exception>
    protected void RequireSideOf(int smallest) => Require(
        InputHeight >= smallest && InputWidth >= smallest, "--input-size", $"at least {smallest}×{smallest}",
        $"{InputHeight}×{InputWidth}");

    /// <summary>Fails unless companion losses may have this weight, in a network of so many stages.</summary>
    /// <exception cref="ArgumentException">They may not.</exception>
    protected static void RequireDeepSupervision(double weight, int stages)
    {
        const string Setting = "--deep-supervision";
        Require(weight is >= 0 and <= 1, Setting, "at least 0 and at most 1", weight);
        Require(
            weight == 0 || stages > 1, Setting, "0 where there is no stage before the last", weight);
    }

    /// <summary>The failure of a network whose depth cannot be chosen.</summary>
    protected ArgumentException HasOneDepth() => new(
        $"model '{Name}' has one depth: expected a densenet-L-k, a densenet-bc-L-k or a ResNet, whose depth can be "
        + "chosen");
}
