using System.Text.Json.Nodes;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Report;

/// <summary>What a run's weights show: what its layers read, and the gradients that they get.</summary>
/// <param name="Name">Which weights; null where there are none.</param>
/// <param name="Reuse">Of each dense block; of none in other networks.</param>
/// <param name="Gradients">On a batch of the run's training images; null where they could not be had.</param>
/// <param name="Missing">Why something is not there, a sentence each.</param>
internal sealed record TrainedWeights(
    string? Name, IReadOnlyList<FeatureReuse> Reuse, GradientNorms? Gradients, IReadOnlyList<string> Missing)
{
    /// <summary>Looks into the newest whole checkpoint of a run, or else its last weights.</summary>
    /// <param name="run">The run.</param>
    /// <param name="images">Its training images; null for none.</param>
    /// <param name="whyNoImages">Why there are none.</param>
    public static TrainedWeights Of(RunRecord run, ImageDataset? images, string whyNoImages)
    {
        try
        {
            return Newest(run) is { } file
                ? Of(run, file, images, whyNoImages)
                : new TrainedWeights(null, [], null, ["The run has saved no weights yet."]);
        }
        catch (InvalidDataException e)
        {
            return new TrainedWeights(null, [], null, [$"Its weights cannot be used: {e.Message}."]);
        }
    }

    /// <summary>Looks into weights that were asked for.</summary>
    /// <param name="run">The run.</param>
    /// <param name="file">The weights.</param>
    /// <param name="images">Its training images; null for none.</param>
    /// <param name="whyNoImages">Why there are none.</param>
    /// <exception cref="InvalidDataException">They are not of the run's model.</exception>
    public static TrainedWeights Of(RunRecord run, SafetensorsFile file, ImageDataset? images, string whyNoImages)
    {
        Model model = run.Model.NewModel();
        StateDictionary.Checked(file, model);
        List<string> missing = [];
        return new TrainedWeights(
            Path.GetRelativePath(run.Folder, Path.GetFullPath(file.Path)) is var inside
                && !inside.StartsWith("..", StringComparison.Ordinal) ? inside : file.Path,
            FeatureReuse.Of(model, file),
            GradientsOf(run, model, file, images, whyNoImages, missing),
            missing);
    }

    /// <summary>The training images of a run, where they lay or elsewhere.</summary>
    /// <param name="run">The run.</param>
    /// <param name="data">Where they lie now; null for where the run found them.</param>
    /// <exception cref="InvalidDataException">They are not there.</exception>
    /// <exception cref="ArgumentException">The run does not say how many it held out of them.</exception>
    public static ImageDataset ReadImages(RunRecord run, string? data)
    {
        string path = data ?? run.DataPath
            ?? throw new InvalidDataException($"{run.Folder}: expected the folder of the images, found none");
        bool skips = run.Value("corrupt-images") is JsonValue corrupt && corrupt.ToString() == CorruptImagesOption.Skip;
        Action<string>? leftOut = skips ? Ignore : null;
        ImageDataset images =
            DataSource.Open(path, run.Model.InputHeight, run.Model.InputWidth, leftOut).ReadTraining();
        return run.Value("validation") is JsonValue held && held.TryGetValue(out int count)
            ? images.HoldOut(count, SeedOf(run)).Remaining
            : images;
    }

    private static void Ignore(string leftOut)
    {
        // The run has said so.
    }

    private static GradientNorms? GradientsOf(
        RunRecord run, Model model, SafetensorsFile file, ImageDataset? images, string whyNoImages,
        List<string> missing)
    {
        if (images is null)
        {
            missing.Add(whyNoImages);
            return null;
        }

        try
        {
            using Backend backend = new CpuBackend(Environment.ProcessorCount);
            return GradientNorms.Of(
                model, file, backend, images, TrainedModel.In(file)?.Normalization ?? images.Normalization,
                SeedOf(run));
        }
        catch (Exception e) when (e is ArgumentException or InvalidDataException or OutOfMemoryException)
        {
            missing.Add($"The gradients cannot be had: {e.Message}.");
            return null;
        }
    }

    private static SafetensorsFile? Newest(RunRecord run)
    {
        if (new CheckpointFolder(run.Folder).NewestWhole() is { } newest)
            return SafetensorsFile.Read(Path.Combine(newest.FullName, Checkpoint.WeightsFile));
        string last = Path.Combine(run.Folder, RunFolder.WeightsFile);
        return File.Exists(last) ? SafetensorsFile.Read(last) : null;
    }

    private static ulong SeedOf(RunRecord run) =>
        run.Value("seed") is JsonValue value && value.TryGetValue(out ulong seed) ? seed : 0;
}
