using System.CommandLine;
using System.Globalization;
using DenseNetRaw.Data;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>The flags of the recipe.</summary>
internal sealed class TrainingOptions
{
    private const int SyntheticEpochs = 10;
    private const string MultiStep = "multistep";
    private const string OfTheRecipe = "[default: of the recipe]";

    private readonly Option<string?> _recipe;

    private readonly Option<int?> _epochs = new("--epochs")
    {
        Description = $"passes over the training images [default: {SyntheticEpochs} on synthetic, else of the recipe]",
    };

    private readonly Option<int?> _batchSize = new("--batch-size")
    {
        Description = $"images in a batch {OfTheRecipe}",
    };

    private readonly Option<double?> _learningRate = RealOption.NewOptional(
        "--lr", $"learning rate before it falls {OfTheRecipe}");
    private readonly Option<int[]?> _milestones = Flags.NewList<int>(
        "--lr-milestones",
        "epochs after which the learning rate is divided by 10, such as 81,122 [default: of the recipe, at the same "
        + "shares of --epochs]",
        "whole numbers", NumberStyles.None, none: null, ',');
    private readonly Option<int?> _warmUpEpochs = new("--lr-warmup-epochs")
    {
        Description = $"first epochs, at a tenth of the learning rate {OfTheRecipe}",
    };
    private readonly Option<double?> _momentum = RealOption.NewOptional("--momentum", $"momentum {OfTheRecipe}");
    private readonly Option<bool> _noNesterov = new("--no-nesterov")
    {
        Description = "plain momentum; every recipe has Nesterov's",
    };
    private readonly Option<double?> _weightDecay = RealOption.NewOptional(
        "--wd", $"weight decay, on all parameters {OfTheRecipe}");
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
        "--lr-scheduler", "multistep (÷ 10 at --lr-milestones), cosine or constant", MultiStep);

    private readonly Option<string> _augment = New(
        "--augment",
        "standard (pad 4, crop, flip; of image folders a random part of 8 to 100 %, scaled, and flip) or none",
        "standard");

    /// <summary>The flags, with what the command line cannot mean refused while it is parsed.</summary>
    /// <param name="defaultRecipe">What help says is the recipe if none is named.</param>
    public TrainingOptions(string defaultRecipe = "the model's own")
    {
        _recipe = new Option<string?>("--recipe")
        {
            Description = "how it is trained where no other flag says so, as published: epochs, batch size, learning "
                + "rate, when it falls, warm-up, momentum and weight decay; "
                + $"{string.Join(", ", Recipe.All.Select(recipe => recipe.Name))} [default: {defaultRecipe}]",
            HelpName = "name",
        };
        _schedule.TakeOnly(MultiStep, "cosine", "constant");
        _augment.TakeOnly("standard", "none");
        _recipe.TakeOnly([.. Recipe.All.Select(recipe => recipe.Name)]);
        _batchSize.Aliases.Add("-b");
        _learningRate.Aliases.Add("--learning-rate");
        _weightDecay.Aliases.Add("--weight-decay");
    }

    /// <summary>Every flag.</summary>
    public IReadOnlyList<Option> All => [.. Optimisation, .. Images];

    /// <summary>The flags of how the network is made to learn.</summary>
    public IReadOnlyList<Option> Optimisation =>
    [
        _recipe, _epochs, _batchSize, _learningRate, _schedule, _milestones, _warmUpEpochs, _momentum, _noNesterov,
        _weightDecay, _maxSteps, _seed, _detectAnomaly,
    ];

    /// <summary>The flags of what is done with the images.</summary>
    public IReadOnlyList<Option> Images => [_augment, _noShuffle];

    /// <summary>The seed of the run.</summary>
    public ulong Seed(ParseResult command) => command.GetValue(_seed);

    /// <summary>The recipe that was named; null for none.</summary>
    public Recipe? RecipeOf(ParseResult command) =>
        command.GetValue(_recipe) is { } name ? Recipe.Named(name) : null;

    /// <summary>Fails if the recipe's batch, which nobody asked for, has more images than there are.</summary>
    /// <exception cref="ArgumentException">It has.</exception>
    public void RequireDefaultFits(ParseResult command, TrainingSettings settings, ImageDataset training)
    {
        if (command.GetValue(_batchSize) is null && settings.BatchSize > training.Count)
        {
            throw new ArgumentException(
                $"{_batchSize.Name}: the default of {settings.BatchSize} is more than the {training.Count} images of "
                + $"'{training.Name}'; give {_batchSize.Name}");
        }
    }

    /// <summary>Fails if a flag of the schedule can never act in a run of so many epochs.</summary>
    /// <exception cref="ArgumentException">One cannot.</exception>
    public void RequireActing(ParseResult command, int epochs)
    {
        Require(_milestones, command.Given(_milestones)?[^1]);
        Require(_warmUpEpochs, command.GetValue(_warmUpEpochs));

        void Require(Option flag, int? given)
        {
            if (given >= epochs)
            {
                throw new ArgumentException(FormattableString.Invariant(
                    $"{flag.Name} must be below {_epochs.Name}, {epochs}, to act, found {given}"));
            }
        }
    }

    /// <summary>The recipe with what the flags say otherwise.</summary>
    /// <param name="command">The parsed command line.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="data">What <c>--data</c> names; it decides how many epochs are the default.</param>
    /// <param name="memory">What is kept for the backward pass.</param>
    /// <param name="budgetBytes">Bytes that arena and state may take together; null if none were given.</param>
    /// <exception cref="ArgumentException">A setting is impossible.</exception>
    public TrainingSettings Read(
        ParseResult command, Recipe recipe, string data, MemoryStrategy memory, long? budgetBytes)
    {
        bool isShort = data == DataSource.Synthetic && command.GetValue(_recipe) is null;
        int epochs = command.GetValue(_epochs) ?? (isShort ? SyntheticEpochs : recipe.Epochs);
        TrainingSettings settings = new()
        {
            Epochs = epochs,
            BatchSize = command.GetValue(_batchSize) ?? recipe.BatchSize,
            LearningRate = command.GetValue(_learningRate) ?? recipe.LearningRate,
            Milestones = Milestones(command, recipe, epochs),
            WarmUpEpochs = command.GetValue(_warmUpEpochs) ?? recipe.WarmUpEpochs,
            Sgd = new SgdSettings(
                command.GetValue(_momentum) ?? recipe.Momentum, command.GetValue(_weightDecay) ?? recipe.WeightDecay,
                recipe.IsNesterov && !command.GetValue(_noNesterov)),
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

    /// <summary>When the rate falls in steps; null where it does not.</summary>
    private IReadOnlyList<int>? Milestones(ParseResult command, Recipe recipe, int epochs)
    {
        string shape = command.GetValue(_schedule)!;
        int[]? given = command.Given(_milestones);
        if (shape == MultiStep)
            return given ?? recipe.MilestonesOf(epochs);
        return given is null
            ? null
            : throw new ArgumentException(
                $"{_milestones.Name}: of {_schedule.Name} {MultiStep} alone, found {_schedule.Name} {shape}");
    }

    private static Option<T> New<T>(string name, string description, T value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };
}
