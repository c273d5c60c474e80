using System.CommandLine;
using DenseNetRaw.Data;
using DenseNetRaw.Memory;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>The flags of the recipe.</summary>
internal sealed class TrainingOptions
{
    private const int SyntheticEpochs = 10;
    private static readonly TrainingSettings Paper = new();

    private readonly Option<int?> _epochs = new("--epochs")
    {
        Description = "passes over the training images "
            + $"[default: {SyntheticEpochs} on synthetic, {Paper.Epochs} as in the paper on a folder]",
    };

    private readonly Option<int> _batchSize = New("--batch-size", "images in a batch", Paper.BatchSize);
    private readonly Option<double> _learningRate = RealOption.New(
        "--lr", "learning rate of the first epoch", Paper.LearningRate);
    private readonly Option<double> _momentum = RealOption.New(
        "--momentum", "momentum (Nesterov's)", Paper.Sgd.Momentum);
    private readonly Option<double> _weightDecay = RealOption.New(
        "--wd", "weight decay, on all parameters", Paper.Sgd.WeightDecay);
    private readonly Option<int?> _maxSteps = new("--max-steps") { Description = "end after so many steps" };
    private readonly Option<ulong> _seed = New(
        "--seed", "seed of initial weights, order, augmentation and dropout", 42UL);
    private readonly Option<bool> _noShuffle = new("--no-shuffle")
    {
        Description = "take the images in the order of the files",
    };
    private readonly Option<bool> _detectAnomaly = new("--detect-anomaly")
    {
        Description = "look at every value that an operation writes, and stop at the first that is no finite number, "
            + "with the operation's name (about 1.5 times as slow on a CPU, many times on a GPU; for finding)",
    };
    private readonly Option<string> _schedule = New(
        "--lr-scheduler", "multistep (÷ 10 after 50 % and 75 % of the epochs), cosine or constant", "multistep");

    private readonly Option<string> _augment = New(
        "--augment",
        "standard (pad 4, crop, flip; of image folders a random part of 8 to 100 %, scaled, and flip) or none",
        "standard");

    /// <summary>The flags, with what the command line cannot mean refused while it is parsed.</summary>
    public TrainingOptions()
    {
        _schedule.TakeOnly("multistep", "cosine", "constant");
        _augment.TakeOnly("standard", "none");
        _batchSize.Aliases.Add("-b");
        _weightDecay.Aliases.Add("--weight-decay");
    }

    /// <summary>Every flag.</summary>
    public IReadOnlyList<Option> All =>
    [
        _epochs, _batchSize, _learningRate, _momentum, _weightDecay, _schedule, _augment, _noShuffle, _maxSteps, _seed,
        _detectAnomaly,
    ];

    /// <summary>The seed of the run.</summary>
    public ulong Seed(ParseResult command) => command.GetValue(_seed);

    /// <summary>Fails if the default batch, which nobody asked for, has more images than there are.</summary>
    /// <exception cref="ArgumentException">It has.</exception>
    public void RequireDefaultFits(ParseResult command, ImageDataset training)
    {
        int size = command.GetValue(_batchSize);
        if (command.GetResult(_batchSize) is not { Implicit: false } && size > training.Count)
        {
            throw new ArgumentException(
                $"{_batchSize.Name}: the default of {size} is more than the {training.Count} images of "
                + $"'{training.Name}'; give {_batchSize.Name}");
        }
    }

    /// <summary>The recipe that was asked for.</summary>
    /// <param name="command">The parsed command line.</param>
    /// <param name="data">What <c>--data</c> names; it decides how many epochs are the default.</param>
    /// <param name="memory">What is kept for the backward pass.</param>
    /// <param name="budgetBytes">Bytes that arena and state may take together; null if none were given.</param>
    /// <exception cref="ArgumentException">A setting is impossible.</exception>
    public TrainingSettings Read(ParseResult command, string data, MemoryStrategy memory, long? budgetBytes)
    {
        TrainingSettings settings = new()
        {
            Epochs = command.GetValue(_epochs) ?? (data == DataSource.Synthetic ? SyntheticEpochs : Paper.Epochs),
            BatchSize = command.GetValue(_batchSize),
            LearningRate = command.GetValue(_learningRate),
            Sgd = Paper.Sgd with
            {
                Momentum = command.GetValue(_momentum),
                WeightDecay = command.GetValue(_weightDecay),
            },
            LearningRateShape = Enum.Parse<LearningRateShape>(command.GetValue(_schedule)!, ignoreCase: true),
            Augmentation = Enum.Parse<Augmentation>(command.GetValue(_augment)!, ignoreCase: true),
            DetectsAnomalies = command.GetValue(_detectAnomaly),
            Shuffle = !command.GetValue(_noShuffle),
            MaxSteps = command.GetValue(_maxSteps),
            Seed = Seed(command),
            Memory = memory,
            BudgetBytes = budgetBytes,
        };
        settings.Validate();
        return settings;
    }

    private static Option<T> New<T>(string name, string description, T value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
