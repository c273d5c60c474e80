using System.Globalization;

namespace DenseNetRaw.Cli.Report;

/// <summary>
/// The figures of a run over its epochs: error, loss, learning rate, speed; nothing where it has no such numbers.
/// </summary>
/// <param name="run">The run.</param>
internal sealed class CurveFigures(RunRecord run)
{
    private const int TestStyle = 1, TrainStyle = 0, MostMarks = 6, MostPoints = 400, MostExits = 10;

    /// <summary>The ratio of the largest loss to the least from which equal ratios are equal heights.</summary>
    private const double LogarithmicFrom = 100;

    private readonly IReadOnlyList<EpochMetrics> _epochs = run.Metrics.Epochs;

    /// <summary>Error on training and evaluation images, in percent.</summary>
    public Html Error()
    {
        const string Title = "Error";
        if (run.Best is not { } best)
            return Html.None;
        LineChart chart = new()
        {
            Label = $"Error in percent over the epochs; the best {run.Evaluation} error is "
                + $"{Headline.Percent(best.TestError)} in epoch {best.Epoch}.",
            Lines =
            [
                Line("train", TrainStyle, epoch => 100 * epoch.TrainError),
                Line(run.Evaluation, TestStyle, epoch => 100 * epoch.TestError),
            ],
            Unit = " %",
            IsFromZero = true,
            Marks = LearningRateMarks(),
            Named = (best.Epoch, 100 * best.TestError, $"best {Headline.Percent(best.TestError)}, epoch {best.Epoch}"),
        };
        return Figure.Of(
            Title, chart,
            Table(
                ["epoch", "train error", $"{run.Evaluation} error", "train accuracy", $"{run.Evaluation} accuracy"],
                epoch =>
                [
                    Headline.Percent(epoch.TrainError), Headline.Percent(epoch.TestError),
                    Headline.Percent(epoch.TrainAccuracy), Headline.Percent(epoch.TestAccuracy),
                ]));
    }

    /// <summary>
    /// Error of each exit on evaluation images, in percent; of many exits some lines, all in the table.
    /// </summary>
    public Html ExitErrors()
    {
        int exits = _epochs.Max(epoch => epoch.TestExitAccuracies?.Count) ?? 0;
        if (exits == 0)
            return Html.None;
        int drawn = Math.Min(exits, MostExits);
        LineChart chart = new()
        {
            Label = $"{run.Evaluation} error in percent of each of {exits} exits over the epochs.",
            Lines = [.. Enumerable.Range(0, drawn).Select(i => ExitLine(i, i * (exits - 1) / Math.Max(1, drawn - 1)))],
            Unit = " %",
            IsFromZero = true,
            Marks = LearningRateMarks(),
        };
        return Figure.Of(
            $"Error of each exit on {run.Evaluation} images", chart,
            Table(
                ["epoch", .. Enumerable.Range(0, exits).Select(NameOfExit)],
                epoch => Enumerable.Range(0, exits).Select(exit => Headline.Percent(epoch.TestErrorOfExit(exit)))));
    }

    /// <summary>Loss of steps, and of epochs on training and evaluation images.</summary>
    public Html Loss()
    {
        const string Title = "Loss";
        ChartLine steps = new("steps", TrainStyle, StepLosses()) { IsFaint = true };
        if (steps.Points.Count == 0)
            return Html.None;
        double[] losses =
        [
            .. steps.Points.Select(step => step.Y),
            .. _epochs.Select(epoch => epoch.TrainLoss), .. _epochs.Select(epoch => epoch.TestLoss),
        ];
        bool isLogarithmic = losses.Min() > 0 && losses.Max() >= LogarithmicFrom * losses.Min();
        LineChart chart = new()
        {
            Label = "Mean loss of the training and evaluation images over the epochs.",
            Lines = _epochs.Count == 0
                ? [steps]
                :
                [
                    steps,
                    Line("train", TrainStyle, epoch => epoch.TrainLoss),
                    Line(run.Evaluation, TestStyle, epoch => epoch.TestLoss),
                ],
            IsFromZero = !isLogarithmic,
            IsLogarithmic = isLogarithmic,
            Marks = LearningRateMarks(),
        };
        return Figure.Of(
            Title,
            run.Exits == 1 ? Html.None : Html.Of(
                $"""<p class="muted">The sum of the losses of {Headline.Count(run.Exits, "exit")}.</p>"""),
            chart,
            Table(
                ["epoch", "train loss", $"{run.Evaluation} loss"],
                epoch => [Fixed(epoch.TrainLoss), Fixed(epoch.TestLoss)]));
    }

    /// <summary>The learning rate of each epoch.</summary>
    public Html LearningRate()
    {
        const string Title = "Learning rate";
        IReadOnlyList<(double X, double Y)> rates = Rates();
        if (rates.Count == 0)
            return Html.None;
        double least = rates.Min(rate => rate.Y), most = rates.Max(rate => rate.Y);
        LineChart chart = new()
        {
            Label = "The learning rate over the epochs.",
            Lines =
            [
                // An epoch ends at its number, and so its rate holds from the number before.
                new ChartLine(
                    "", TrainStyle, [.. rates.Select(rate => (rate.X - 1, rate.Y)), rates[^1]]) { IsStaircase = true },
            ],
            IsLogarithmic = least > 0 && most >= 10 * least,
            IsFromZero = least <= 0 || most < 10 * least,
        };
        return Figure.Of(
            Title, chart,
            Figure.Table(["epoch", "learning rate"], rates.Select(rate => (string[])[Whole(rate.X), Rate(rate.Y)])));
    }

    /// <summary>Training images per second in each epoch.</summary>
    public Html Speed()
    {
        const string Title = "Training images per second";
        if (_epochs.Count == 0)
            return Html.None;
        LineChart chart = new()
        {
            Label = "Training images per second over the epochs.",
            Lines = [Line("", 2, epoch => epoch.ImagesPerSecond)],
            IsFromZero = true,
        };
        return Figure.Of(
            Title, chart, Table(["epoch", "images/s"], epoch => [Headline.Number(epoch.ImagesPerSecond)]));
    }

    /// <summary>The learning rate by epoch, that of its last step.</summary>
    private IReadOnlyList<(double X, double Y)> Rates() =>
    [
        .. run.Metrics.Steps.GroupBy(step => step.Epoch)
            .Select(steps => ((double)steps.Key, steps.Last().LearningRate)),
    ];

    /// <summary>A line through the epochs.</summary>
    public ChartLine Line(string name, int style, Func<EpochMetrics, double> value) =>
        new(name, style, [.. _epochs.Select(epoch => ((double)epoch.Epoch, value(epoch)))]);

    /// <summary>A line through the epochs that know the error of an exit.</summary>
    private ChartLine ExitLine(int style, int exit) => new(
        NameOfExit(exit), style,
        [
            .. _epochs.Where(epoch => epoch.TestErrorOfExit(exit) is not null)
                .Select(epoch => ((double)epoch.Epoch, 100 * epoch.TestErrorOfExit(exit)!.Value)),
        ]);

    /// <summary>
    /// Where the learning rate changes: at the end of the epoch before; nowhere where it does all the time.
    /// </summary>
    private List<(double X, string Text)> LearningRateMarks()
    {
        IReadOnlyList<(double X, double Y)> rates = Rates();
        List<(double X, string Text)> marks = [];
        for (int i = 1; i < rates.Count; i++)
        {
            if (rates[i].Y != rates[i - 1].Y)
                marks.Add((rates[i].X - 1, $"lr {Rate(rates[i].Y)}"));
        }

        return marks.Count <= MostMarks ? marks : [];
    }

    /// <summary>Losses of the steps, at the share of their epoch that is gone; means where there are many.</summary>
    private List<(double X, double Y)> StepLosses()
    {
        StepMetrics[] steps = [.. run.Metrics.Steps.Where(step => double.IsFinite(step.Loss))];
        if (steps.Length == 0)
            return [];
        double stepsPerEpoch = Math.Max(1, run.Metrics.Steps.GroupBy(step => step.Epoch).Max(epoch => epoch.Count()));
        int together = (steps.Length + MostPoints - 1) / MostPoints;
        return
        [
            .. steps.Chunk(together).Select(
                some => (some.Average(step => step.Step) / stepsPerEpoch, some.Average(step => step.Loss))),
        ];
    }

    private Html Table(IEnumerable<string> headings, Func<EpochMetrics, IEnumerable<string>> cells) =>
        Figure.Table(headings, _epochs.Select(epoch => (string[])[Whole(epoch.Epoch), .. cells(epoch)]));

    private static string NameOfExit(int exit) => $"exit {Whole(exit + 1)}";

    private static string Rate(double rate) => rate.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Fixed(double number) => number.ToString("F4", CultureInfo.InvariantCulture);

    private static string Whole(double number) => number.ToString("F0", CultureInfo.InvariantCulture);
}
