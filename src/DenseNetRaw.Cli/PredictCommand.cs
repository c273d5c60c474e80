using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Backends;
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
        Argument<string> input = new("input")
        {
            Description =
                "a .safetensors file with 'input' [N, 3, H, W], already normalised; the model takes that size",
        };
        Option<string?> outputFile = new("--output")
        {
            Description = "write 'logits' [N, classes] to this .safetensors file",
        };
        EvaluationBatch batch = new();
        Option<bool> json = JsonOutput.NewOption();
        Command command = new("predict", "Logits and the five likeliest classes of images.")
        {
            input,
            outputFile,
            batch.Flag,
            json,
        };
        command.AddAll([.. weights.All, .. backendOptions.All]);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(outputFile) is { } wanted)
                RequireWritable(wanted);
            (SafetensorsFile file, TrainedModel? description) = weights.Read(parsed);
            PredictionInput images = PredictionInput.Read(parsed.GetValue(input)!);
            DenseNetConfiguration model =
                weights.Configuration(parsed, description, classes: null, images.Height, images.Width);
            model = model with { InputHeight = images.Height, InputWidth = images.Width };
            using Backend backend = backendOptions.NewBackend(parsed);
            float[] logits = Logits(
                file, model, images, backend, batch.Size(parsed, images.Count), backendOptions.Session(parsed));
            Predictions predictions = new(logits, model.Classes, NamesOf(description, model));
            if (parsed.GetValue(outputFile) is { } path)
                FlagOutput.ToFile(outputFile.Name, path, () => predictions.Save(path));
            Write(predictions, parsed.GetValue(json), parsed.InvocationConfiguration.Output);
        });
        return command;
    }

    /// <summary>What is written replaces what was there: without the extension that might be a device.</summary>
    private static void RequireWritable(string path)
    {
        bool isNamedSo = Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase);
        if (!isNamedSo || Directory.Exists(path))
            throw new ArgumentException($"--output must be a .safetensors file, found '{path}'");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
            throw new ArgumentException($"--output must lie in a folder that exists, found '{path}'");
    }

    private static float[] Logits(
        SafetensorsFile file,
        DenseNetConfiguration model,
        PredictionInput images,
        Backend backend,
        int batchSize,
        SessionSettings settings)
    {
        using Session session = EvaluationBatch.NewSession(file, model, backend, settings, images.Count, batchSize);
        float[] logits = new float[images.Count * model.Classes];
        for (int first = 0; first < images.Count; first += batchSize)
        {
            int count = Math.Min(batchSize, images.Count - first);
            Span<float> y = logits.AsSpan(first * model.Classes, count * model.Classes);
            session.Predict(images.Slice(first, count), count, y);
        }

        return logits.All(float.IsFinite)
            ? logits
            : throw new NotFiniteNumberException(
                $"the logits of {file.Path} should be numbers, found some that are not");
    }

    private static IReadOnlyList<string> NamesOf(TrainedModel? description, DenseNetConfiguration model) =>
        description is not null && description.ClassNames.Count == model.Classes
            ? description.ClassNames
            : [.. Enumerable.Range(0, model.Classes).Select(label => $"class {label}")];

    private static void Write(Predictions predictions, bool asJson, TextWriter output)
    {
        if (asJson)
        {
            output.WriteLine(JsonSerializer.Serialize(new { Predictions = predictions.Top() }, JsonOutput.Options));
            return;
        }

        Table table = ConsoleTables.New(("image", true), ("class", false), ("probability", true), ("logit", true));
        foreach (Prediction image in predictions.Top())
        {
            foreach (ClassScore score in image.Top)
            {
                table.AddPlainRow(
                    image.Image.ToString(CultureInfo.InvariantCulture),
                    score.Name,
                    score.Probability.ToString("P2", CultureInfo.InvariantCulture),
                    score.Logit.ToString("F4", CultureInfo.InvariantCulture));
            }
        }

        output.WriteTable(table);
    }
}
