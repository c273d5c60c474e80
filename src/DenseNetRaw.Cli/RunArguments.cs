using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using DenseNetRaw.Backends;
using DenseNetRaw.Cli.Benchmarks;
using DenseNetRaw.Cuda;
using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>
/// What <c>args.json</c> says: every resolved value and where it came from, versions, commit, device.
/// </summary>
internal static class RunArguments
{
    /// <summary>The origin of a model that the weights of <c>--init</c> describe.</summary>
    public const string FromInit = "init";

    /// <summary>The origin of a model that the checkpoint of <c>--resume</c> describes.</summary>
    public const string FromCheckpoint = "checkpoint";

    /// <summary>The origin of what the model decides.</summary>
    public const string FromModel = "model";

    private const string FromFlag = "flag";
    private const string FromData = "data";
    private const string FromRecipe = "recipe";
    private const string FromDevice = "device";
    private const string FromBudget = "memory-budget";
    private const string Default = "default";

    /// <summary>The document for a run that is about to start.</summary>
    /// <param name="command">The parsed command line.</param>
    /// <param name="recipe">What decided where no flag did.</param>
    /// <param name="recipeOrigin">What the recipe was taken from if no flag named it.</param>
    /// <param name="settings">The recipe with what flags say otherwise.</param>
    /// <param name="model">The resolved model.</param>
    /// <param name="origin">Which weights said what the model is; null if none did.</param>
    /// <param name="backend">Where it runs.</param>
    /// <param name="training">The images trained on.</param>
    /// <param name="evaluation">The images that each epoch is evaluated on.</param>
    /// <param name="memory">What the session's memory was planned to be.</param>
    public static JsonObject Of(
        ParseResult command,
        Recipe recipe,
        string recipeOrigin,
        TrainingSettings settings,
        TrainedModel model,
        string? origin,
        Backend backend,
        ImageDataset training,
        ImageDataset evaluation,
        PlannedMemory memory)
    {
        return new JsonObject
        {
            ["command"] = BenchMachine.CommandLine(command),
            ["arguments"] = Arguments(command, Resolved(recipe, recipeOrigin, settings, model, origin, backend)),
            ["model"] = JsonSerializer.SerializeToNode(model.Configuration, JsonOutput.Options),
            ["data"] = new JsonObject
            {
                ["training"] = training.Name,
                ["trainingImages"] = training.Count,
                ["evaluation"] = evaluation.Name,
                ["evaluationImages"] = evaluation.Count,
                ["classNames"] = JsonSerializer.SerializeToNode(model.ClassNames),
            },
            ["device"] = DeviceOf(backend),
            ["memory"] = JsonSerializer.SerializeToNode(memory, JsonOutput.Options),
            ["versions"] = new JsonObject
            {
                ["densenet"] = BuildVersion.Number,
                ["runtime"] = RuntimeInformation.FrameworkDescription,
                ["system"] = RuntimeInformation.OSDescription,
            },
            ["commit"] = BuildVersion.Commit,
            ["started"] = DateTimeOffset.Now.ToString("O"),
        };
    }

    /// <summary>The machine, and of a GPU what it is and the versions of what computes.</summary>
    private static JsonObject DeviceOf(Backend backend)
    {
        JsonObject device = new()
        {
            ["name"] = backend.Name,
            ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString(),
            ["cores"] = Environment.ProcessorCount,
        };
        if (backend is CudaBackend cuda)
        {
            device["gpu"] = cuda.Device.Name;
            device["computeCapability"] = cuda.Device.ComputeCapability.ToString();
            foreach (FoundLibrary library in CudaInstallation.Find().Libraries)
                device[JsonNamingPolicy.CamelCase.ConvertName($"{library.Library}")] = library.Version;
        }

        return device;
    }

    /// <summary>
    /// Values that the flags may leave open, or that the device has no use for: what decided, and how.
    /// </summary>
    private static Dictionary<string, (object? Value, string From)> Resolved(
        Recipe recipe, string recipeOrigin, TrainingSettings settings, TrainedModel model, string? origin,
        Backend backend)
    {
        DeviceSettings computes = DeviceSettings.Of(backend);
        string ofGpu = backend is CudaBackend ? Default : FromDevice;
        ModelConfiguration extents = model.Configuration;
        (string fromModel, string fromData) = (origin ?? FromModel, origin ?? FromData);
        Dictionary<string, (object? Value, string From)> resolved = new()
        {
            ["recipe"] = (recipe.Name, recipeOrigin),
            ["epochs"] = (settings.Epochs, settings.Epochs == recipe.Epochs ? FromRecipe : FromData),
            ["batch-size"] = (settings.BatchSize, FromRecipe),
            ["lr"] = (settings.LearningRate, FromRecipe),
            ["lr-milestones"] = (settings.Milestones, FromRecipe),
            ["lr-warmup-epochs"] = (settings.WarmUpEpochs, FromRecipe),
            ["momentum"] = (settings.Sgd.Momentum, FromRecipe),
            ["no-nesterov"] = (!settings.Sgd.Nesterov, FromRecipe),
            ["wd"] = (settings.Sgd.WeightDecay, FromRecipe),
            ["memory"] = (settings.Memory.Name, settings.BudgetBytes is null ? Default : FromBudget),
            ["mean"] = (model.Normalization.Mean, FromData),
            ["std"] = (model.Normalization.StandardDeviation, FromData),
            ["classes"] = (extents.Classes, fromData),
            ["input-size"] = (new[] { extents.InputHeight, extents.InputWidth }, fromData),
            ["model"] = (extents.Name, origin ?? Default),
            ["precision"] = (computes.Precision, ofGpu),
            ["workspace"] = (computes.WorkspaceBytes, ofGpu),
            ["fused-products"] = (computes.FusedProducts ?? false, ofGpu),
        };
        foreach ((string flag, object value) in extents.Extents)
            resolved[flag] = (value, fromModel);
        return resolved;
    }

    private static JsonObject Arguments(ParseResult command, Dictionary<string, (object? Value, string From)> resolved)
    {
        JsonObject arguments = [];
        foreach (Option option in command.CommandResult.Command.Options.Where(option => option is not HelpOption))
        {
            OptionResult? result = command.GetResult(option);
            string name = option.Name.TrimStart('-');
            (object? value, string from) = resolved.TryGetValue(name, out (object?, string) known)
                ? known
                : (result?.GetValueOrDefault<object>(), Default);
            arguments[name] = new JsonObject
            {
                ["value"] = JsonSerializer.SerializeToNode(value),
                ["from"] = result is { Implicit: false } && from != FromDevice ? FromFlag : from,
            };
        }

        return arguments;
    }
}
