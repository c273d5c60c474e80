using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using DenseNetRaw.Backends;
using DenseNetRaw.Cli.Report;
using DenseNetRaw.Cuda;
using DenseNetRaw.Cuda.Native;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet train</c>: trains a model, shows how it goes, and leaves a run folder.</summary>
internal sealed class TrainCommand
{
    /// <summary>The network that learns the embedded data set well within three minutes on four cores.</summary>
    private const string DefaultModel = "densenet-bc-22-12";

    private readonly ModelOptions _model = new(DefaultModel);
    private readonly BackendOptions _backend = new();
    private readonly NormalizationOptions _normalization = new();
    private readonly TrainingOptions _training = new();
    private readonly CheckpointOptions _checkpoints = new();
    private readonly Option<string> _data = DataOption.New();
    private readonly CorruptImagesOption _corrupt = new();
    private readonly Option<bool> _json = JsonOutput.NewOption();
    private readonly NvtxOption _nvtx = new();
    private readonly Option<string?> _init = new("--init")
    {
        Description =
            "begin with these weights, .safetensors or a checkpoint's folder; every key must fit the model",
    };

    private readonly Option<int?> _validation = new("--validation")
    {
        Description = "hold out so many training images and evaluate on them instead of the test images (in the "
            + "files of the run they stand where those do: testLoss, testAccuracy)",
    };

    private readonly Option<string?> _outputFolder = new("--output-dir")
    {
        Description = "new folder for the run [default: runs/<date-time>-<model>-<data>-<process>]",
    };

    private readonly Option<int> _printFrequency = new("--print-freq")
    {
        Description = "steps between two lines where there is no live display",
        DefaultValueFactory = _ => 10,
    };

    private readonly Option<double?> _maxMinutes = RealOption.NewOptional(
        "--max-minutes",
        "stop after so many minutes of training, as by a signal: after the step under way, with a checkpoint and exit "
        + "code 0");

    private ResumePoint? _point;

    public static Command New()
    {
        TrainCommand train = new();
        GroupedCommand command = new(
            "train",
            "Train a model, by default as its authors did (--recipe). SIGTERM, Ctrl-C, SIGHUP and SIGUSR1 end the run "
            + "after the step under way, with a checkpoint to go on from (--resume) and the exit codes 143, 130, 129 "
            + "and 0 (\"save and stop\", as batch schedulers want); a second one ends it at once.");
        command.Add(
            "Data",
            [
                train._data, train._corrupt.Flag, train._validation, .. train._normalization.All,
                .. train._training.Images,
            ]);
        command.Add("Model", [.. train._model.All, train._init]);
        command.Add("Training", [.. train._training.Optimisation, train._maxMinutes]);
        command.Add("Memory", train._backend.OfMemory);
        command.Add("Device", [.. train._backend.Device, train._nvtx.Flag]);
        command.Add("Checkpoints", train._checkpoints.All);
        command.Add("Output", train._outputFolder, train._printFrequency, train._json);
        command.SetAction(train.Begin);
        return command;
    }

    /// <summary>Runs the line, or the line with the flags of the run that goes on.</summary>
    private int Begin(ParseResult command)
    {
        if (_point is not null)
            return Run(command);
        _point = ResumePoint.Find(command, _checkpoints.Resume, command.GetValue(_outputFolder));
        if (_point?.Checkpoint is not { } checkpoint)
            return Run(command);
        if (command.GetValue(_init) is not null && !ResumePoint.IsAuto(command.GetValue(_checkpoints.Resume)))
            throw new ArgumentException("--init: expected no other weights than those that --resume goes on from");
        IEnumerable<Option> notSaved = NotSaved(command, checkpoint)
            .Except(_model.IsOther(command, checkpoint.Manifest.Model.Configuration) ? [] : _model.All);
        return SavedFlags.AddTo(command, checkpoint, notSaved).Invoke(command.InvocationConfiguration);
    }

    /// <summary>Flags that a run that goes on does not take from its checkpoint.</summary>
    private IEnumerable<Option> NotSaved(ParseResult command, Checkpoint checkpoint) =>
    [
        _init, _outputFolder, _printFrequency, _maxMinutes, _json, _checkpoints.Resume, .. _model.All,
        .. _backend.NotSaved(command, checkpoint.Manifest.Device),
    ];

    // Everything is read, checked, planned and allocated before the run folder is made.
    private int Run(ParseResult command)
    {
        if (command.GetValue(_printFrequency) < 1)
            throw new ArgumentException($"--print-freq must be at least 1, found {command.GetValue(_printFrequency)}");
        if (_point is null && command.GetValue(_outputFolder) is { } wanted)
            RunFolder.RequireNew(wanted);

        TimeSpan? longest = MaxMinutes.Read(command, _maxMinutes);
        using CancellationTokenSource limit = new();
        using StopSignals stop = new(limit.Token);
        Checkpoint? checkpoint = _point?.Checkpoint;
        SafetensorsFile? init =
            checkpoint is null && command.GetValue(_init) is { } path ? WeightsFile.Read(path) : null;
        TrainedModel? described = init is null ? checkpoint?.Manifest.Model : TrainedModel.In(init);
        Recipe? named = _training.RecipeOf(command);
        Recipe? saved = named is null && checkpoint is not null ? SavedFlags.RecipeOf(checkpoint) : null;
        Recipe recipe = named ?? saved ?? _model.RecipeOf(command, described?.Configuration);
        TrainingSettings settings = _training.Read(
            command, recipe, command.GetValue(_data)!, _backend.Memory(command), _backend.Budget(command));
        settings = settings with { Checkpoints = _checkpoints.Read(command) };
        settings.Validate();
        if (_point is null)
            _training.RequireActing(command, settings.Epochs);
        _point?.RequireBefore(settings.MaxSteps);
        (ImageDataset training, ImageDataset evaluation) = ReadData(command, described?.Configuration);
        _training.RequireDefaultFits(command, settings, training);
        TrainedModel model = new(
            _model.ReadFor(command, described?.Configuration, training.Classes.Count, training.Height, training.Width),
            training.Classes,
            _normalization.Read(command, training.Normalization));
        settings = settings with { Normalization = model.Normalization };
        using Backend backend = _backend.NewBackend(command);
        NvtxRanges? ranges = _nvtx.Mark(command, backend);
        using Trainer trainer = new(model.Configuration.NewModel(), backend, training, evaluation, settings);
        if (init is not null)
            StateDictionary.Restore(init, trainer.Session.Model, backend);
        if (checkpoint is not null)
            trainer.Resume(checkpoint);
        if (_point is { IsWhole: true } && trainer.IsOver)
        {
            SayThatItIsOver(command, trainer, _point.Folder);
            return ExitCode.Success;
        }

        if (backend is CudaBackend cuda)
        {
            foreach (RecordedStep step in trainer.Session.Plan.Steps.Values)
                cuda.ChooseAlgorithms(step.Plan);
        }

        string? origin = described is null || _model.IsModelGiven(command) ? null
            : checkpoint is null ? RunArguments.FromInit : RunArguments.FromCheckpoint;
        JsonObject arguments = RunArguments.Of(
            command, recipe, saved is null ? RunArguments.FromModel : RunArguments.FromCheckpoint, settings, model,
            origin, backend, training, evaluation, trainer.Session.Plan.Planned);
        arguments["data"]!["path"] = DataOption.FullName(command.GetValue(_data)!);
        arguments["resumedFrom"] = checkpoint?.FullName;
        if (checkpoint?.Manifest.Arguments is { } before)
            arguments["firstCommand"] = (before["firstCommand"] ?? before["command"])?.DeepClone();
        using RunFolder folder = _point is null
            ? RunFolder.Create(FolderFor(command, model.Configuration.Name), arguments, model, trainer.Session)
            : RunFolder.GoOn(_point.Folder, arguments, model, trainer.Session, trainer.Position, _point.Newest);
        if (checkpoint is not null
            && RunDifferences.Between(checkpoint.Manifest.Arguments, arguments) is { Count: > 0 } differences)
        {
            command.InvocationConfiguration.Error.WriteLine(
                VisibleText.Of($"densenet: not bit for bit: {string.Join(", ", differences)}"));
        }

        if (longest is { } time)
            limit.CancelAfter(time);
        int code = Train(
            command, trainer, folder, stop, recipe.Name, ranges is null ? [] : [new EpochRanges(ranges)],
            VisibleText.Of($"{model.Configuration.Name} on {training.Name}, {DeviceSettings.InTitle(backend)}"));
        return limit.IsCancellationRequested && code == ExitCode.Interrupted ? ExitCode.Success : code;
    }

    /// <summary>
    /// A line that is run again and again, as by a batch system, ends so; the folder is left as it was.
    /// </summary>
    private void SayThatItIsOver(ParseResult command, Trainer trainer, string folder)
    {
        TrainingPosition at = trainer.Position;
        string asked = trainer.Settings.Epochs > at.Epoch
            ? FormattableString.Invariant($"--max-steps {trainer.Settings.MaxSteps}")
            : FormattableString.Invariant($"--epochs {trainer.Settings.Epochs}");
        Words(command).WriteLine(VisibleText.Of(FormattableString.Invariant(
            $"nothing to do: {folder} has ended {at.Epoch} epoch{(at.Epoch == 1 ? "" : "s")}; ")
            + $"{asked} asks for no more"));
        if (command.GetValue(_json))
        {
            TrainingSummary summary = new(
                at.Step, at.Last, at.Best, IsStopped: false, TimeSpan.Zero, trainer.Session.Plan.PeakBytes);
            TrainingOutcome outcome = new(
                summary, trainer.Session, Path.GetFullPath(folder), Evaluation(command), at.Step);
            command.InvocationConfiguration.Output.WriteLine(outcome.ToJson());
        }
    }

    /// <summary>Where words go: not among the JSON.</summary>
    private TextWriter Words(ParseResult command) => command.GetValue(_json)
        ? command.InvocationConfiguration.Error
        : command.InvocationConfiguration.Output;

    private int Train(
        ParseResult command, Trainer trainer, RunFolder folder, StopSignals stop, string recipe,
        ITrainingObserver[] others, string title)
    {
        TrainingSummary summary;
        long stepsBefore = trainer.Position.Step;
        if (stepsBefore > 0)
        {
            TextWriter words = Words(command);
            string name = VisibleText.Of(folder.FullName);
            words.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"going on in {name} after step {trainer.Position.Step}, epoch {trainer.Position.Epoch}, "
                + $"recipe {recipe}"));
            if (folder.SetAside > 0)
            {
                words.WriteLine(FormattableString.Invariant(
                    $"checkpoints of later steps set aside, with names that end with .old: {folder.SetAside}"));
            }
        }

        using (TrainingProgress progress = new(
            command.InvocationConfiguration, title, Evaluation(command), command.GetValue(_printFrequency),
            command.GetValue(_json)))
        {
            using TensorBoardEvents events = TensorBoardEvents.Create(
                folder.FullName, trainer.Position.Step);
            try
            {
                summary = trainer.Run([folder, events, progress.Observer, .. others], stop.Token);
            }
            catch (NotFiniteNumberException e)
            {
                RunFailure.Write(folder.FullName, e);
                throw new NotFiniteNumberException(e.Message + ToGoOn(folder), e);
            }
            catch (IOException e) when (e.GetType() == typeof(IOException))
            {
                throw new IOException(e.Message + ToGoOn(folder), e);
            }
        }

        TrainingOutcome outcome = new(summary, trainer.Session, folder.FullName, Evaluation(command), stepsBefore);
        TextWriter output = command.InvocationConfiguration.Output;
        if (command.GetValue(_json))
            output.WriteLine(outcome.ToJson());
        else
            outcome.Write(output);
        RunReport.WriteAtEnd(outcome, command.InvocationConfiguration, command.GetValue(_json), trainer.Images);
        return summary.IsStopped ? stop.StoppedExitCode : ExitCode.Success;
    }

    /// <summary>Where a run that an error ended can go on from.</summary>
    private static string ToGoOn(RunFolder folder) => folder.Checkpoints.NewestWhole() is { } newest
        ? FormattableString.Invariant($"; to go on after step {newest.Step}: densenet train --resume {newest.FullName}")
        : "; there is no checkpoint to go on from";

    /// <summary>What the images of the evaluations are.</summary>
    private string Evaluation(ParseResult command) => command.GetValue(_validation) is null ? "test" : "validation";

    private (ImageDataset Training, ImageDataset Evaluation) ReadData(
        ParseResult command, ModelConfiguration? described)
    {
        (int height, int width) = _model.ImageSize(command, described);
        DataSource source = _corrupt.Open(command, command.GetValue(_data)!, height, width);
        ImageDataset training = source.ReadTraining();
        return command.GetValue(_validation) is { } count
            ? training.HoldOut(count, _training.Seed(command))
            : (training, source.ReadTest());
    }

    private string FolderFor(ParseResult command, string model)
    {
        if (command.GetValue(_outputFolder) is { } given)
            return given;

        string data = DataOption.NameOf(command.GetValue(_data)!);
        string time = DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        return Path.Combine(
            "runs", string.Create(CultureInfo.InvariantCulture, $"{time}-{model}-{data}-{Environment.ProcessId}"));
    }
}
