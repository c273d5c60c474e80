using System.CommandLine;
using System.Globalization;
using DenseNetRaw.Backends;
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
    private readonly Option<string> _data = DataOption.New();
    private readonly Option<bool> _json = JsonOutput.NewOption();
    private readonly NvtxOption _nvtx = new();
    private readonly Option<string?> _init = new("--init")
    {
        Description = "begin with these weights, .safetensors; every key must fit the model",
    };

    private readonly Option<int?> _validation = new("--validation")
    {
        Description = "hold out so many training images and evaluate on them instead of the test images (in the "
            + "files of the run they stand where those do: testLoss, testAccuracy)",
    };

    private readonly Option<string?> _outputFolder = new("--output-dir")
    {
        Description = "new folder for the run [default: runs/<date-time>-<model>-<data>]",
    };

    private readonly Option<int> _printFrequency = new("--print-freq")
    {
        Description = "steps between two lines where there is no live display",
        DefaultValueFactory = _ => 10,
    };

    public static Command New()
    {
        TrainCommand train = new();
        Command command = new("train", "Train a model, by default as in the DenseNet paper.")
        {
            train._data, train._init, train._validation, train._outputFolder, train._printFrequency, train._json,
            train._nvtx.Flag,
        };
        command.AddAll(
            [.. train._training.All, .. train._normalization.All, .. train._model.All, .. train._backend.All]);
        command.SetAction(train.Run);
        return command;
    }

    // Everything is read, checked, planned and allocated before the run folder is made.
    private int Run(ParseResult command)
    {
        if (command.GetValue(_printFrequency) < 1)
            throw new ArgumentException($"--print-freq must be at least 1, found {command.GetValue(_printFrequency)}");
        if (command.GetValue(_outputFolder) is { } wanted)
            RunFolder.RequireNew(wanted);

        TrainingSettings settings = _training.Read(
            command, command.GetValue(_data)!, _backend.Memory(command), _backend.Budget(command));
        (ImageDataset training, ImageDataset evaluation) = ReadData(command);
        SafetensorsFile? init = command.GetValue(_init) is { } path ? SafetensorsFile.Read(path) : null;
        TrainedModel? described = init is null ? null : TrainedModel.In(init);
        TrainedModel model = new(
            _model.ReadFor(command, described?.Configuration, training.Classes.Count, training.Height, training.Width),
            training.Classes,
            _normalization.Read(command, training.Normalization));
        settings = settings with { Normalization = model.Normalization };
        using Backend backend = _backend.NewBackend(command);
        NvtxRanges? ranges = _nvtx.Mark(command, backend);
        using Trainer trainer = new(new DenseNet(model.Configuration), backend, training, evaluation, settings);
        if (init is not null)
            StateDictionary.Restore(init, trainer.Session.Model, backend);
        if (backend is CudaBackend cuda)
        {
            foreach (RecordedStep step in trainer.Session.Plan.Steps.Values)
                cuda.ChooseAlgorithms(step.Plan);
        }

        using RunFolder folder = RunFolder.Create(
            FolderFor(command, model.Configuration.Name),
            RunArguments.Of(
                command, settings, model, described is not null && !_model.IsModelGiven(command), backend, training,
                evaluation, trainer.Session.Plan.Planned),
            model,
            trainer.Session);
        return Train(
            command, trainer, folder, ranges is null ? [] : [new EpochRanges(ranges)],
            $"{model.Configuration.Name} on {training.Name}, {DeviceSettings.InTitle(backend)}");
    }

    private int Train(
        ParseResult command, Trainer trainer, RunFolder folder, ITrainingObserver[] others, string title)
    {
        using StopSignals stop = new(CancellationToken.None);
        TrainingSummary summary;
        using (TrainingProgress progress = new(
            command.InvocationConfiguration, title, Evaluation(command), command.GetValue(_printFrequency),
            command.GetValue(_json)))
        {
            using TensorBoardEvents events = TensorBoardEvents.Create(folder.FullName);
            summary = trainer.Run([folder, events, progress.Observer, .. others], stop.Token);
        }

        TrainingOutcome outcome = new(summary, trainer.Session, folder.FullName, Evaluation(command));
        TextWriter output = command.InvocationConfiguration.Output;
        if (command.GetValue(_json))
            output.WriteLine(outcome.ToJson());
        else
            outcome.Write(output);
        return summary.IsStopped ? stop.StoppedExitCode : ExitCode.Success;
    }

    /// <summary>What the images of the evaluations are.</summary>
    private string Evaluation(ParseResult command) => command.GetValue(_validation) is null ? "test" : "validation";

    private (ImageDataset Training, ImageDataset Evaluation) ReadData(ParseResult command)
    {
        DataSource source = DataSource.Open(command.GetValue(_data)!);
        ImageDataset training = source.ReadTraining();
        return command.GetValue(_validation) is { } count
            ? training.HoldOut(count, _training.Seed(command))
            : (training, source.ReadTest());
    }

    private string FolderFor(ParseResult command, string model)
    {
        if (command.GetValue(_outputFolder) is { } given)
            return given;

        string data = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(command.GetValue(_data)!)));
        string time = DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        return Path.Combine("runs", $"{time}-{model}-{data}");
    }
}
