using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Backends;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;
using Spectre.Console;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet predict</c>: the classes that weights give to images.</summary>
internal static class PredictCommand
{
    public static Command New()
    {
        WeightsOptions weights = new();
        BackendOptions backendOptions = BackendOptions.OfEvaluation();
        Argument<string[]> input = new("input")
        {
            Description = "PNG or JPEG files, which are scaled, cropped and normalised as for an evaluation; or a "
                + ".safetensors file with 'input' [N, 3, H, W], already normalised, whose size the model takes",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> outputFile = new("--output")
        {
            Description = "write 'logits' [N, classes] to this .safetensors file",
        };
        EvaluationBatch batch = new();
        NormalizationOptions normalization = new();
        Option<bool> json = JsonOutput.NewOption();
        Command command = new("predict", "Logits and the five likeliest classes of images.")
        {
            input,
            outputFile,
            batch.Flag,
            json,
        };
        command.AddAll([.. weights.All, .. backendOptions.All, .. normalization.All]);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(outputFile) is { } wanted)
                RequireWritable(wanted);
            (SafetensorsFile file, TrainedModel? description) = weights.Read(parsed);
            PredictionInput images = Read(parsed, parsed.GetValue(input)!, weights, description, normalization);
            ModelConfiguration model =
                weights.Configuration(parsed, description, classes: null, images.Height, images.Width);
            model = model with { InputHeight = images.Height, InputWidth = images.Width };
            using Backend backend = backendOptions.NewBackend(parsed);
            float[] logits = Logits(
                file, model, images, backend, batch.Size(parsed, images.Count), backendOptions.Session(parsed));
            Predictions predictions = new(logits, model.Classes, NamesOf(description, model), images.Paths);
            if (parsed.GetValue(outputFile) is { } path)
                FlagOutput.ToFile(outputFile.Name, path, () => predictions.Save(path));
            Write(predictions, parsed.GetValue(json), parsed.InvocationConfiguration.Output);
        });
        return command;
    }

    private static PredictionInput Read(
        ParseResult command,
        string[] paths,
        WeightsOptions weights,
        TrainedModel? description,
        NormalizationOptions normalization)
    {
        if (paths.FirstOrDefault(PredictionInput.IsTensor) is not { } tensor)
        {
            (int height, int width) = weights.ImageSize(command, description);
            return PredictionInput.OfImages(
                paths, height, width,
                normalization.Read(command, description?.Normalization ?? Normalization.ImageNet));
        }

        if (paths.Length > 1)
            throw new ArgumentException($"{tensor}: expected alone, found {paths.Length} files");
        if (normalization.IsGiven(command))
            throw new ArgumentException($"--mean and --std: expected with image files, found with {tensor}");
        return PredictionInput.Read(tensor);
    }

    /// <summary>What is written replaces what was there: without the extension that might be a device.</summary>
    private static void RequireWritable(string path)
    {
        bool isNamedSo = Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase);
        if (!isNamedSo || Directory.Exists(path))
            throw new ArgumentException($"--output must be a .safetensors file, found '{path}'");
        FlagOutput.RequirePlace("--output", path);
    }

    private static float[] Logits(
        SafetensorsFile file,
        ModelConfiguration model,
        PredictionInput images,
        Backend backend,
        int batchSize,
        SessionSettings settings)
    {
        using Session session = EvaluationBatch.NewSession(file, model, backend, settings, images.Count, batchSize);
        float[] logits = new float[images.Count * model.Classes];
        int first = 0;
        foreach ((ReadOnlyMemory<float> pixels, int count) in images.Batches(batchSize))
        {
            Span<float> y = logits.AsSpan(first * model.Classes, count * model.Classes);
            session.Predict(pixels.Span, count, y);
            first += count;
        }

        return logits.All(float.IsFinite)
            ? logits
            : throw new NotFiniteNumberException(
                $"the logits of {file.Path} should be numbers, found some that are not");
    }

    private static IReadOnlyList<string> NamesOf(TrainedModel? description, ModelConfiguration model) =>
        description is not null && description.ClassNames.Count == model.Classes
            ? description.ClassNames
            : [.. Enumerable.Range(0, model.Classes).Select(label => $"class {label}")];

    private static void Write(Predictions predictions, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            output.WriteLine(
                JsonSerializer.Serialize(new { Predictions = predictions.Top() }, JsonOutput.WithoutNulls));
            return;
        }

        Table table = ConsoleTables.New(("image", true), ("class", false), ("probability", true), ("logit", true));
        foreach (Prediction image in predictions.Top())
        {
            foreach (ClassScore score in image.Top)
            {
                table.AddPlainRow(
                    image.File ?? image.Image.ToString(CultureInfo.InvariantCulture),
                    score.Name,
                    score.Probability.ToString("P2", CultureInfo.InvariantCulture),
                    score.Logit.ToString("F4", CultureInfo.InvariantCulture));
            }
        }

        output.WriteTable(table);
    }
}
