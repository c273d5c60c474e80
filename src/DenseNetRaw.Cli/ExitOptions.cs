using System.CommandLine;
using System.CommandLine.Parsing;
using DenseNetRaw.Backends;
using DenseNetRaw.Data;
using DenseNetRaw.Evaluation;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>The flags of <c>densenet eval</c> for networks of several exits, and what they ask for.</summary>
internal sealed class ExitOptions
{
    private const string Anytime = "anytime";
    private const string Budget = "budget";
    private const int ImagesOfAHoldOut = 10;

    private readonly Option<string?> _exits = new("--exits")
    {
        Description = "of a network of several exits: anytime (each exit as the last) or budget (every image leaves at "
            + "the first exit that is sure of it)",
    };

    private readonly Option<ExitBudget[]?> _budgets = new("--budget")
    {
        Description = $"with --exits budget: what an image may cost on average, {ExitBudget.Form}; several with commas "
            + "[default: the sweep of MSDNet's authors, shares of the images at exit k ∝ q^k, q = 0.05 … 1.95]",
        HelpName = "list",
        CustomParser = ParseBudgets,
    };

    private readonly Option<int?> _validation = new("--validation")
    {
        Description = "with --exits budget: fit the thresholds on so many training images, without augmentation, that "
            + "'train --validation' with this number and seed holds out (others were trained on) "
            + "[default: a tenth of them]",
    };

    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "seed of the run whose --validation images are held out",
        DefaultValueFactory = _ => 42,
    };

    private readonly Option<string?> _thresholds = new("--thresholds")
    {
        Description = "with --exits budget: use the thresholds in this file, an output of --exits budget --json "
            + "with these weights",
    };

    private readonly Option<int> _measured = new("--measured")
    {
        Description = "with --exits: images that times are measured on, at most; 0 for no times",
        DefaultValueFactory = _ => 256,
    };

    public ExitOptions() => _exits.TakeOnly(Anytime, Budget);

    /// <summary>Every flag.</summary>
    public IReadOnlyList<Option> All => [_exits, _budgets, _validation, _seed, _thresholds, _measured];

    /// <summary>Whether exits are asked for.</summary>
    /// <exception cref="ArgumentException">A flag was given that goes with another one.</exception>
    public bool AreAskedFor(ParseResult command)
    {
        string? mode = command.GetValue(_exits);
        Require(mode is not null, "--exits", _measured);
        Require(mode == Budget, "--exits budget", _budgets, _validation, _seed, _thresholds);
        bool isRead = command.GetValue(_thresholds) is not null;
        if (isRead && Array.Find<Option>([_budgets, _validation, _seed], IsGiven) is { } fitting)
        {
            throw new ArgumentException(
                $"{fitting.Name}: expected without {_thresholds.Name}, whose file has thresholds fitted before");
        }

        int measured = command.GetValue(_measured);
        return measured >= 0
            ? mode is not null
            : throw new ArgumentException($"{_measured.Name} must be at least 0, found {measured}");

        bool IsGiven(Option flag) => command.GetResult(flag) is { Implicit: false };

        void Require(bool holds, string expected, params Option[] flags)
        {
            if (!holds && Array.Find(flags, IsGiven) is { } given)
                throw new ArgumentException($"{given.Name}: expected with {expected} alone");
        }
    }

    /// <summary>Evaluates the exits of the weights' model.</summary>
    /// <param name="command">The parsed command line.</param>
    /// <param name="file">The weights.</param>
    /// <param name="model">Their model.</param>
    /// <param name="source">Gives the training images, of which some are held out.</param>
    /// <param name="images">The images to evaluate; of the training images, those that are not held out.</param>
    /// <param name="areOfTraining">Whether they are the training images.</param>
    /// <param name="normalization">The one that the model was trained with.</param>
    /// <param name="batchSize">Images in a batch, at most.</param>
    /// <param name="backend">Where it runs.</param>
    /// <param name="settings">How the network lies in memory.</param>
    public ExitReport Evaluate(
        ParseResult command, SafetensorsFile file, Model model, DataSource source, ImageDataset images,
        bool areOfTraining, Normalization normalization, int batchSize, Backend backend, SessionSettings settings)
    {
        using ParameterStore parameters = new(model, backend, settings.Seed);
        StateDictionary.Restore(file, model, backend);
        long? budgetBytes = settings.BudgetBytes is { } budget ? Math.Max(0, budget - parameters.Bytes) : null;
        using ExitPlayer player = ExitPlayer.New(model, backend, settings.Memory, batchSize, budgetBytes);
        int measured = command.GetValue(_measured);
        ExitEvaluator evaluator =
            Flags.Read(_exits, () => new ExitEvaluator(model, player, normalization, measured));
        ExitReport report = new(
            model.Configuration.Name, images.Name, images.Count, batchSize, DeviceSettings.InWords(backend),
            Math.Min(measured, images.Count));
        if (command.GetValue(_exits) == Anytime)
            return report with { Anytime = evaluator.Anytime(images) };
        WeightsIdentity weights = WeightsIdentity.Of(file, model, normalization);
        if (command.GetValue(_thresholds) is { } path)
        {
            ThresholdsFile thresholds = ThresholdsFile.Read(path, player.Exits);
            thresholds.RequireFittedOn(weights);
            return report with
            {
                ThresholdsFile = path,
                FittedOn = thresholds.FittedOn,
                Budgeted = evaluator.Budgeted(images, thresholds.Budgets),
            };
        }

        ImageDataset training = areOfTraining ? images : source.ReadTraining();
        int heldOut = command.GetValue(_validation) ?? Math.Max(1, training.Count / ImagesOfAHoldOut);
        ulong seed = command.GetValue(_seed);
        (ImageDataset remaining, ImageDataset validation) = training.HoldOut(heldOut, seed);
        bool? trainedOn = RunHoldOut.Of(file.Path)?.WereTrainedOn(training, heldOut, seed);
        ImageDataset evaluated = areOfTraining ? remaining : images;
        return report with
        {
            EvaluatedOn = evaluated.Name,
            Images = evaluated.Count,
            Measured = Math.Min(measured, evaluated.Count),
            FittedOn = weights,
            Validation = new ExitReport.HeldOut(validation.Name, validation.Count, seed, trainedOn),
            Budgeted = evaluator.Budgeted(evaluated, Fit(command, evaluator, validation)),
        };
    }

    private FittedThresholds[] Fit(ParseResult command, ExitEvaluator evaluator, ImageDataset validation)
    {
        ExitBudget[] budgets = command.Given(_budgets) ?? [];

        // What cannot be fitted is said before anything is computed.
        double[] amounts = [.. budgets.Select(budget => budget.MultiplyAdds(evaluator.MultiplyAdds[^1]))];
        Flags.Read(_budgets, () => amounts.Select(amount => ExitShares.QFor(amount, evaluator.MultiplyAdds)).ToArray());
        ExitAnswers answers = evaluator.Answers(validation);
        return amounts.Length == 0
            ? [.. ExitShares.Sweep.Select(q => FittedThresholds.ForQ(answers, q))]
            : [.. amounts.Select(amount => FittedThresholds.ForBudget(answers, amount, evaluator.MultiplyAdds))];
    }

    private static ExitBudget[]? ParseBudgets(ArgumentResult result)
    {
        List<ExitBudget> budgets = [];
        foreach (string text in string.Join(',', result.Tokens.Select(token => token.Value)).Split(','))
        {
            if (ExitBudget.Parse(text.Trim()) is not { } budget)
            {
                result.AddError($"--budget: expected {ExitBudget.Form}, found '{text}'");
                return null;
            }

            budgets.Add(budget);
        }

        return [.. budgets];
    }
}
