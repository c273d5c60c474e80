using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Backends;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet eval</c>: loss and accuracy of weights on a data set.</summary>
internal static class EvalCommand
{
    public static Command New()
    {
        WeightsOptions weights = new();
        BackendOptions backendOptions = BackendOptions.OfEvaluation();
        NormalizationOptions normalization = new();
        Option<string> data = DataOption.New();
        Option<string> split = new("--split") { Description = "test or train", DefaultValueFactory = _ => "test" };
        split.AcceptOnlyFromAmong("test", "train");
        Option<int> batchSize = new("--batch-size", "-b")
        {
            Description = "images in a batch, at most",
            DefaultValueFactory = _ => 64,
        };
        Option<bool> json = JsonOutput.NewOption();
        Command command = new("eval", "Loss and accuracy of weights on a data set.") { data, split, batchSize, json };
        command.AddAll([.. weights.All, .. backendOptions.All, .. normalization.All]);
        command.SetAction(parsed =>
        {
            (SafetensorsFile file, TrainedModel? description) = weights.Read(parsed);
            DataSource source = DataSource.Open(parsed.GetValue(data)!);
            ImageDataset images = parsed.GetValue(split) == "train" ? source.ReadTraining() : source.ReadTest();
            DenseNetConfiguration model =
                weights.Configuration(parsed, description, images.Classes.Count, images.Height, images.Width);
            model.RequireFit(images);
            Normalization inputs = normalization.Read(parsed, description?.Normalization ?? images.Normalization);
            using Backend backend = backendOptions.NewBackend(parsed);
            EvaluationResult result = Evaluate(
                file, model, images, inputs, parsed.GetValue(batchSize), backend, backendOptions.Session(parsed));
            Write(result, parsed.GetValue(json), parsed.InvocationConfiguration.Output);
        });
        return command;
    }

    private static EvaluationResult Evaluate(
        SafetensorsFile file,
        DenseNetConfiguration model,
        ImageDataset images,
        Normalization normalization,
        int largestBatch,
        Backend backend,
        SessionSettings settings)
    {
        if (largestBatch < 1)
            throw new ArgumentException($"--batch-size must be at least 1, found {largestBatch}");

        int batchSize = Math.Min(largestBatch, images.Count);
        using Session session = new(
            new DenseNet(model), backend,
            settings with { EvaluationBatchSizes = Evaluator.BatchSizes(images.Count, batchSize) });
        StateDictionary.Restore(file, session.Model, backend);
        using Evaluator evaluator = new(session, images, normalization, batchSize);
        EvaluationResult result = evaluator.Run()
            ?? throw new InvalidOperationException("An evaluation that nobody can cancel was cancelled.");
        return double.IsFinite(result.Loss)
            ? result
            : throw new NotFiniteNumberException(
                $"the loss of {file.Path} on '{images.Name}' should be a number, found {result.Loss}");
    }

    private static void Write(EvaluationResult result, bool asJson, TextWriter output) => output.WriteLine(asJson
        ? JsonSerializer.Serialize(result, JsonOutput.Options)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"loss {result.Loss:F4}, accuracy {result.Accuracy:P2}, {result.Images:N0} images"));
}
