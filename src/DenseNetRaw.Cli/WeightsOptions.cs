using System.CommandLine;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>A weights file to be used, and the model that it is of: as the file says, or as flags say.</summary>
internal sealed class WeightsOptions
{
    private readonly Option<string> _weights = new("--weights")
    {
        Description = "weights, .safetensors, or a folder that 'train' made; those of 'train' need no model flags",
        Required = true,
    };

    private readonly ModelOptions _model = new(defaultModel: "the one that the weights name");

    /// <summary>Every flag.</summary>
    public IReadOnlyList<Option> All => [_weights, .. _model.All];

    /// <summary>Reads the file and what it says of its model.</summary>
    /// <exception cref="InvalidDataException">It is missing or wrong.</exception>
    /// <exception cref="ArgumentException">It does not say what model it is of, and no flag does.</exception>
    public (SafetensorsFile File, TrainedModel? Description) Read(ParseResult command)
    {
        SafetensorsFile file = WeightsFile.Read(command.GetValue(_weights)!);
        TrainedModel? description = TrainedModel.In(file);
        return description is not null || _model.IsModelGiven(command)
            ? (file, description)
            : throw new ArgumentException($"{file.Path} does not say what model it is of: name it with --model");
    }

    /// <inheritdoc cref="ModelOptions.ImageSize"/>
    public (int Height, int Width) ImageSize(ParseResult command, TrainedModel? description) =>
        _model.ImageSize(command, description?.Configuration);

    /// <summary>The model's extents, on images of the given classes and size unless the file says otherwise.</summary>
    /// <exception cref="ArgumentException">They are impossible.</exception>
    public ModelConfiguration Configuration(
        ParseResult command, TrainedModel? description, int? classes, int height, int width) =>
        _model.ReadFor(command, description?.Configuration, classes, height, width);

    /// <summary>The model's extents as the file or the flags say.</summary>
    /// <exception cref="ArgumentException">They are impossible.</exception>
    public ModelConfiguration Configuration(ParseResult command, TrainedModel? description) =>
        description is not null && !_model.IsModelGiven(command)
            ? _model.Override(description.Configuration, command)
            : _model.Read(command);
}
