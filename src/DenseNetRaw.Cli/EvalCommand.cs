using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Backends;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet eval</c>: loss and accuracy of weights on a data set, or what its exits come to.</summary>
internal static class EvalCommand
{
    public static Command New()
    {
        WeightsOptions weights = new();
        BackendOptions backendOptions = BackendOptions.OfEvaluation();
        NormalizationOptions normalization = new();
        Option<string> data = DataOption.New();
        CorruptImagesOption corrupt = new();
        Option<string> split = new("--split") { Description = "test or train", DefaultValueFactory = _ => "test" };
        split.TakeOnly("test", "train");
        EvaluationBatch batch = new();
        ExitOptions exits = new();
        Option<bool> json = JsonOutput.NewOption();
        Command command = new("eval", "Loss and accuracy of weights on a data set.")
        {
            data, corrupt.Flag, split, batch.Flag, json,
        };
        command.AddAll([.. exits.All, .. weights.All, .. backendOptions.All, .. normalization.All]);
        command.SetAction(parsed =>
        {
            bool areExitsAskedFor = exits.AreAskedFor(parsed);
            (SafetensorsFile file, TrainedModel? description) = weights.Read(parsed);
            (int height, int width) = weights.ImageSize(parsed, description);
            DataSource source = corrupt.Open(parsed, parsed.GetValue(data)!, height, width);
            ImageDataset images = parsed.GetValue(split) == "train" ? source.ReadTraining() : source.ReadTest();
            ModelConfiguration model =
                weights.Configuration(parsed, description, images.Classes.Count, images.Height, images.Width);
            model.RequireFit(images);
            Warn(OtherClasses(description, images, parsed.GetValue(data)!));
            Normalization inputs = normalization.Read(parsed, description?.Normalization ?? images.Normalization);
            using Backend backend = backendOptions.NewBackend(parsed);
            if (areExitsAskedFor)
            {
                ExitReport report = exits.Evaluate(
                    parsed, file, model.NewModel(), source, images, parsed.GetValue(split) == "train", inputs,
                    batch.Size(parsed, images.Count), backend, backendOptions.Session(parsed));
                Warn(report.Warning);
                report.Write(parsed.InvocationConfiguration.Output, parsed.GetValue(json));
                return;
            }

            EvaluationResult result = Evaluate(
                file, model, images, inputs, batch.Size(parsed, images.Count), backend, backendOptions.Session(parsed));
            Write(result, images.Name, parsed.GetValue(json), parsed.InvocationConfiguration.Output);

            void Warn(string? warning)
            {
                if (warning is not null)
                    parsed.InvocationConfiguration.Error.WriteLine(VisibleText.Of(warning));
            }
        });
        return command;
    }

    /// <summary>
    /// One sentence where the weights name a class otherwise than the data do, of the first such class: answers are
    /// then right or wrong by a number that means two things. Null where the weights name none, or the same.
    /// </summary>
    private static string? OtherClasses(TrainedModel? description, ImageDataset images, string data)
    {
        IReadOnlyList<string> expected = description?.ClassNames ?? images.Classes;
        int label = Enumerable.Range(0, Math.Min(expected.Count, images.Classes.Count))
            .FirstOrDefault(label => expected[label] != images.Classes[label], -1);
        return label < 0
            ? null
            : FormattableString.Invariant($"warning: expected class {label} '{expected[label]}' from the weights, ")
                + $"found '{images.Classes[label]}' in {data}; classes are compared by number";
    }

    private static EvaluationResult Evaluate(
        SafetensorsFile file,
        ModelConfiguration model,
        ImageDataset images,
        Normalization normalization,
        int batchSize,
        Backend backend,
        SessionSettings settings)
    {
        using Session session = EvaluationBatch.NewSession(file, model, backend, settings, images.Count, batchSize);
        using Evaluator evaluator = new(session, images, normalization, batchSize);
        EvaluationResult result = evaluator.Run()
            ?? throw new InvalidOperationException("An evaluation that nobody can cancel was cancelled.");
        return double.IsFinite(result.Loss)
            ? result
            : throw new NotFiniteNumberException(
                $"the loss of {file.Path} on '{images.Name}' should be a number, found {result.Loss}");
    }

    private static void Write(EvaluationResult result, string data, bool asJson, TextWriter output) =>
        output.WriteLine(asJson
            ? JsonSerializer.Serialize(
                new { result.Loss, result.Accuracy, result.Images, Data = data, result.ExitAccuracies },
                JsonOutput.WithoutNulls)
            : string.Create(
                CultureInfo.InvariantCulture,
                $"loss {result.Loss:F4}, accuracy {result.Accuracy:P2}, {result.Images:N0} images of ")
                + $"{VisibleText.Of(data)}{OfExits(result)}");

    /// <summary>Nothing of a network with one exit.</summary>
    private static string OfExits(EvaluationResult result)
    {
        IEnumerable<string> exits = (result.ExitAccuracies ?? []).Select((accuracy, index) =>
            string.Create(CultureInfo.InvariantCulture, $"{index + 1} {accuracy:P2}"));
        return result.ExitAccuracies is null ? "" : $"; accuracy of each exit: {string.Join(", ", exits)}";
    }
}
