using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Backends;
using DenseNetRaw.Cli.Report;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// <c>densenet bench family</c>: trains several models under one recipe and budget on one data set, and compares error,
/// parameters, multiply-adds, time and memory.
/// </summary>
internal sealed class FamilyBenchCommand
{
    private const int WarmUpSteps = 3;
    private const int TimedSteps = 20;

    private readonly TrainingOptions _training = new(defaultRecipe: Recipe.DenseNet.Name);
    private readonly BackendOptions _backend = new();
    private readonly Option<string> _data = DataOption.New();
    private readonly CorruptImagesOption _corrupt = new();
    private readonly Option<bool> _json = JsonOutput.NewOption();
    private readonly Option<string> _models = new("--models")
    {
        Description = "the models, with commas between them; after a name may stand flags that change it, as train "
            + "takes them: \"densenet-bc-40-12,densenet-bc-40-12 --drop-rate 0.2\"",
        Required = true,
    };
    private readonly Option<double?> _maxMinutes = RealOption.NewOptional(
        "--max-minutes", "stop each model after so many minutes of training; the same line given again goes on");
    private readonly Option<string> _output = new("--output")
    {
        Description = "folder for family.json, family.md and the pictures, and below it a run folder a model; a "
            + "model that an earlier line left there goes on if its flags are the same, and is refused if they are "
            + "not; models may be added or left out: the files are of the line that ran last",
        DefaultValueFactory = _ => Path.Combine("runs", "family"),
    };

    public static Command New()
    {
        FamilyBenchCommand bench = new();
        Command command = new(
            "family",
            "Train several models under one recipe and budget on one data set, each in a process of its own, and "
            + "compare error, parameters, multiply-adds, measured time and memory. The recipe is the DenseNets' unless "
            + "--recipe or a flag says otherwise. A line that was cut short goes on when it is given again.")
        {
            bench._models, bench._data, bench._corrupt.Flag, bench._maxMinutes, bench._output, bench._json,
        };
        command.AddAll([.. bench._training.All, .. bench._backend.All]);
        command.SetAction(bench.Run);
        return command;
    }

    // Everything is read, checked and planned before the first model is trained.
    private int Run(ParseResult command)
    {
        string data = command.GetValue(_data)!, output = command.GetValue(_output)!;
        MaxMinutes.Read(command, _maxMinutes);
        Recipe recipe = _training.RecipeOf(command) ?? Recipe.DenseNet;
        TrainingSettings settings = _training.Read(
            command, recipe, data, _backend.Memory(command), _backend.Budget(command));
        _training.RequireActing(command, settings.Epochs);
        FamilyMember[] members = ReadMembers(command, data);
        using (Backend planned = _backend.NewPlannedBackend(command))
        {
            foreach (FamilyMember member in members)
                RequirePossible(command, member, settings, planned);
        }

        TextWriter progress = command.InvocationConfiguration.Error;
        FlagOutput.MakeFolder(_output.Name, output);
        FamilyRun run = new(
            Path.GetFullPath(output), TrainingFlags(command, recipe, settings, data), command.GetValue(_maxMinutes),
            progress);
        foreach (FamilyMember member in members)
            run.RequireSame(member);
        using StopSignals stop = new(CancellationToken.None);
        try
        {
            Write(command, Train(command, run, members, recipe, settings, stop.Token));
            return ExitCode.Success;
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            progress.WriteLine("stopped; the same line goes on from the newest checkpoint of each model");
            return stop.StoppedExitCode;
        }
    }

    /// <summary>The models; those whose input has one size share their images, which are read once.</summary>
    private FamilyMember[] ReadMembers(ParseResult command, string data)
    {
        Dictionary<(int, int), (ImageDataset, ImageDataset)> images = [];
        return
        [
            .. command.GetValue(_models)!.Split(',', StringSplitOptions.TrimEntries).Distinct().Select(
                text => FamilyMember.Read(_models.Name, text, Images)),
        ];

        (ImageDataset, ImageDataset) Images(int height, int width)
        {
            if (!images.TryGetValue((height, width), out (ImageDataset, ImageDataset) read))
            {
                DataSource source = _corrupt.Open(command, data, height, width);
                read = images[(height, width)] = (source.ReadTraining(), source.ReadTest());
            }

            return read;
        }
    }

    private void RequirePossible(
        ParseResult command, FamilyMember member, TrainingSettings settings, Backend backend)
    {
        _training.RequireDefaultFits(command, settings, member.Training);
        member.Configuration.RequireFit(member.Test);
        StepBench.Plan(
            member.Configuration, backend, _backend.Session(command),
            Math.Min(settings.BatchSize, member.Training.Count), isTraining: true);
    }

    private FamilyBenchResults Train(
        ParseResult command, FamilyRun run, FamilyMember[] members, Recipe recipe, TrainingSettings settings,
        CancellationToken cancellation)
    {
        double[]? loads = BenchMachine.LoadAverage();
        FamilyOutcome[] outcomes = [.. members.Select(member => run.Train(member, cancellation))];

        // Timed when no model is trained any more, on a backend that did not stand in the trainings' way.
        using Backend backend = _backend.NewBackend(command);
        FamilyResult[] results =
        [
            .. members.Zip(outcomes, (member, outcome) => Result(
                command, member, outcome, run.FolderOf(member), settings, backend)),
        ];
        BenchDevice device = BenchDevice.Of(backend);
        FamilyMember first = members[0];
        return new FamilyBenchResults(
            BenchMachine.Today, BuildVersion.Commit, BenchMachine.CommandLine(command), BenchDevice.MachineOf(backend),
            loads,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{DataOption.NameOf(command.GetValue(_data)!)}, {first.Training.Count:N0} training and ")
            + string.Create(CultureInfo.InvariantCulture, $"{first.Test.Count:N0} test images"),
            device.Name, device.Threads, device.Precision, settings.Memory.Name,
            FamilyRecipe.Of(recipe, settings, command.GetValue(_maxMinutes), first.Training.Count), results);
    }

    private FamilyResult Result(
        ParseResult command, FamilyMember member, FamilyOutcome outcome, string folder, TrainingSettings settings,
        Backend backend)
    {
        RunMetrics metrics = RunMetrics.Read(folder);
        SessionSettings session = _backend.Session(command);
        int batchSize = Math.Min(settings.BatchSize, member.Test.Count);
        ModelDescription description = ModelDescription.Of(member.Configuration.NewModel());
        IReadOnlyList<FamilyExit> exits = FamilyExit.Of(
            member, description, Path.Combine(folder, RunFolder.WeightsFile), backend, session, batchSize);
        StepBenchResult evaluation = new StepBench(backend, WarmUpSteps, TimedSteps).Measure(
            StepBench.Plan(member.Configuration, backend, session, batchSize, isTraining: false));
        EpochMetrics? best = metrics.Epochs.MinBy(epoch => epoch.TestError);
        return new FamilyResult(
            member.Name, description.Parameters, exits[^1].MultiplyAdds, outcome.Epochs, outcome.Stopped,
            exits[^1].TestError, best?.TestError ?? exits[^1].TestError, best?.Epoch ?? 0,
            metrics.Epochs.Count > 0 ? metrics.Epochs[^1].TrainError : null,
            metrics.Steps.Count > 0 ? Quartiles.Of(metrics.Steps.Select(step => step.Milliseconds)).Median : null,
            evaluation.Milliseconds / batchSize, outcome.Seconds, outcome.PeakBytes,
            outcome.PeakBytes + outcome.StateBytes, outcome.ProcessPeakBytes, exits);
    }

    private void Write(ParseResult command, FamilyBenchResults results)
    {
        string page = FamilyBenchPage.Of(results), folder = command.GetValue(_output)!;
        InvocationConfiguration streams = command.InvocationConfiguration;
        FlagOutput.ToFolder(_output.Name, folder, () => streams.Error.WriteLine(
            $"written: {string.Join(", ", FamilyBenchFiles.Write(results, page, Path.GetFullPath(folder)))}"));
        streams.Output.WriteLine(
            command.GetValue(_json) ? JsonSerializer.Serialize(results, JsonOutput.Options) : page);
    }

    /// <summary>What every model is trained with: data, recipe and epochs, and the flags that were given.</summary>
    private string[] TrainingFlags(ParseResult command, Recipe recipe, TrainingSettings settings, string data)
    {
        List<string> words = ["--data", DataOption.FullName(data)];
        Dictionary<string, string> resolved = new()
        {
            ["--recipe"] = recipe.Name,
            ["--epochs"] = settings.Epochs.ToString(CultureInfo.InvariantCulture),
        };
        foreach (Option option in _training.All.Concat(_backend.All).Prepend(_corrupt.Flag))
        {
            if (command.GetResult(option) is { Implicit: false } given)
                words.AddRange([option.Name, .. given.Tokens.Select(token => token.Value)]);
            else if (resolved.TryGetValue(option.Name, out string? value))
                words.AddRange([option.Name, value]);
        }

        return [.. words];
    }
}
