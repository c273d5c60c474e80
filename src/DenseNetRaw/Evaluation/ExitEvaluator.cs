using DenseNetRaw.Data;
using DenseNetRaw.Models;

namespace DenseNetRaw.Evaluation;

/// <summary>
/// Evaluates a network of several exits: each exit as the last (anytime prediction), and early exit within a budget.
/// Huang et al. 2018, arXiv:1703.09844, §3 and §4; unlike there, the saved time is measured.
/// </summary>
public sealed class ExitEvaluator
{
    private readonly ExitPlayer _player;
    private readonly ModelDescription _description;
    private readonly Normalization _normalization;
    private readonly int _measuredImages;

    /// <summary>An evaluator of a model that a player plays.</summary>
    /// <param name="model">The model.</param>
    /// <param name="player">Plays it.</param>
    /// <param name="normalization">The one that the model was trained with.</param>
    /// <param name="measuredImages">Images that times are measured on, at most; 0 for no times.</param>
    /// <exception cref="ArgumentException">The network has one exit.</exception>
    public ExitEvaluator(Model model, ExitPlayer player, Normalization normalization, int measuredImages)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(measuredImages);
        _description = ModelDescription.Of(model);
        MultiplyAdds = [.. _description.Exits.Select(exit => exit.MultiplyAdds)];
        if (player.Exits < 2)
        {
            throw new ArgumentException(
                $"expected a network of several exits, and '{model.Configuration.Name}' has one");
        }

        (_player, _normalization, _measuredImages) = (player, normalization, measuredImages);
    }

    /// <summary>Multiply-adds of an image that leaves at each exit.</summary>
    public IReadOnlyList<long> MultiplyAdds { get; }

    /// <summary>What every exit says of every image, without augmentation.</summary>
    /// <exception cref="NotFiniteNumberException">Some logits are no numbers.</exception>
    public ExitAnswers Answers(ImageDataset images)
    {
        int exits = _player.Exits, classes = _player.Classes;
        double[,] confidences = new double[exits, images.Count];
        int[,] answers = new int[exits, images.Count], ensemble = new int[exits, images.Count];
        float[] logits = new float[exits * Math.Min(_player.BatchSize, images.Count) * classes];
        double[] sums = new double[classes];
        ForEachBatch(images, images.Count, (pixels, first, count) =>
        {
            _player.PlayAll(pixels, count, logits);
            for (int n = 0; n < count; n++)
            {
                Array.Clear(sums);
                for (int exit = 0; exit < exits; exit++)
                {
                    ReadOnlySpan<float> said = logits.AsSpan(((exit * count) + n) * classes, classes);
                    confidences[exit, first + n] = Softmax.Confidence(said);
                    answers[exit, first + n] = Softmax.Answer(said);
                    Softmax.AddTo(sums, said);
                    ensemble[exit, first + n] = Array.IndexOf(sums, sums.Max());
                }
            }
        });
        if (confidences.Cast<double>().Any(double.IsNaN))
        {
            throw new NotFiniteNumberException(
                $"the logits on '{images.Name}' should be numbers, found some that are not");
        }

        int[] labels = [.. Enumerable.Range(0, images.Count).Select(images.Label)];
        return new ExitAnswers(confidences, answers, ensemble, labels);
    }

    /// <summary>Every exit as the place where all images leave.</summary>
    public IReadOnlyList<AnytimeExit> Anytime(ImageDataset images)
    {
        ExitAnswers answers = Answers(images);
        ExitThresholds[] stops =
            [.. Enumerable.Range(0, answers.Exits).Select(exit => ExitThresholds.StoppingAt(exit, answers.Exits))];
        (ExitTimes? times, int measured) = Times(images);
        times?.Measure(stops);
        return
        [
            .. stops.Select((_, exit) =>
            {
                double? milliseconds = times?.Milliseconds[exit] / measured;
                return new AnytimeExit(
                    exit + 1, answers.Accuracy(exit), answers.EnsembleAccuracy(exit), MultiplyAdds[exit],
                    _description.Exits[exit].Operations, milliseconds, 1000 / milliseconds);
            }),
        ];
    }

    /// <summary>Early exit with thresholds.</summary>
    /// <param name="images">The images.</param>
    /// <param name="fitted">The thresholds.</param>
    public BudgetedExits Budgeted(ImageDataset images, IReadOnlyList<FittedThresholds> fitted)
    {
        ExitAnswers answers = Answers(images);
        int[] differences = new int[fitted.Count];
        (ExitTimes? times, int measured) = Times(images);
        times?.Measure(
            [.. fitted.Select(one => one.Thresholds)],
            (variant, exits, said) => differences[variant] = Enumerable.Range(0, measured).Count(image =>
            {
                int exit = fitted[variant].Thresholds.ExitOf(answers, image);
                return exits[image] != exit || said[image] != answers.Answer(exit, image);
            }));
        double? whole = times?.AllExits / measured;
        return new BudgetedExits(
            new BudgetedExits.Whole(answers.Accuracy(answers.Exits - 1), MultiplyAdds[^1], whole, 1000 / whole),
            [.. fitted.Select((one, variant) => Result(one, variant))]);

        BudgetedExit Result(FittedThresholds one, int variant)
        {
            SimulatedExits simulated = SimulatedExits.Of(answers, one.Thresholds, MultiplyAdds);
            double? milliseconds = times?.Milliseconds[variant] / measured;
            return new BudgetedExit(
                one.Budget, one.Q,
                [.. one.Thresholds.Values.SkipLast(1).Select(value => double.IsFinite(value) ? (double?)value : null)],
                simulated.Shares, simulated.Accuracy, simulated.MultiplyAdds, milliseconds, 1000 / milliseconds,
                milliseconds / whole, times is null ? null : differences[variant]);
        }
    }

    /// <summary>The first images in memory, so that no measured time is of loading; null for none.</summary>
    private (ExitTimes? Times, int Images) Times(ImageDataset images)
    {
        int count = Math.Min(_measuredImages, images.Count);
        if (count == 0)
        {
            return (null, 0);
        }

        float[] all = new float[checked((long)count * ImageDataset.Channels * images.Height * images.Width)];
        ForEachBatch(images, count, (pixels, first, n) =>
            pixels[..(Math.Min(n, count - first) * (all.Length / count))].CopyTo(
                all.AsSpan(first * (all.Length / count))));
        return (new ExitTimes(_player, all, count), count);
    }

    private void ForEachBatch(ImageDataset images, int count, BatchAction action)
    {
        using BatchLoader loader = new(images, new BatchOptions
        {
            BatchSize = Math.Min(_player.BatchSize, images.Count),
            Normalization = _normalization,
        });
        loader.StartEpoch(0);
        for (int first = 0; first < count && loader.TryNext(out Batch? batch);)
        {
            int values = ImageDataset.Channels * images.Height * images.Width;
            action(batch.Pixels.AsSpan(0, batch.Count * values), first, batch.Count);
            first += batch.Count;
        }
    }

    /// <summary>What is done with a batch: its pixels, the number of its first image, and how many there are.</summary>
    private delegate void BatchAction(ReadOnlySpan<float> pixels, int first, int count);
}
