using DenseNetRaw.Data;

namespace DenseNetRaw.Training;

/// <summary>Evaluates a session's model on all images of a data set, in their order, with running statistics.</summary>
public sealed class Evaluator : IDisposable
{
    private readonly Session _session;
    private readonly ImageDataset _dataset;
    private readonly BatchLoader _loader;

    /// <summary>Starts the loader.</summary>
    /// <param name="session">Planned for the evaluation batches of <see cref="BatchSizes"/>.</param>
    /// <param name="dataset">The images.</param>
    /// <param name="normalization">The one that the model was trained with.</param>
    /// <param name="batchSize">Images in a batch, at most those of the data set.</param>
    public Evaluator(Session session, ImageDataset dataset, Normalization normalization, int batchSize)
    {
        (_session, _dataset) = (session, dataset);
        _loader = new BatchLoader(dataset, new BatchOptions
        {
            BatchSize = batchSize,
            Normalization = normalization,
            IsRaw = session.TakesRawBatches,
        });
    }

    /// <summary>
    /// Sizes that the batches of <paramref name="images"/> images have: the full one and a last smaller one.
    /// </summary>
    public static IReadOnlyList<int> BatchSizes(int images, int batchSize) =>
        images % batchSize == 0 ? [batchSize] : [batchSize, images % batchSize];

    /// <summary>Loss and accuracy over all images; null if it was cancelled between two batches.</summary>
    /// <param name="advanced">Told after each batch how many images are done, of how many.</param>
    /// <param name="cancellation">Ends it early.</param>
    public EvaluationResult? Run(Action<int, int>? advanced = null, CancellationToken cancellation = default)
    {
        double loss = 0;
        int correct = 0, images = 0;
        int[]? correctAtExits = _session.StepsAhead == 1 ? _session.NewCountsOfExits() : null;
        _loader.StartEpoch(0);
        while (!cancellation.IsCancellationRequested && _loader.TryNext(out Batch? batch))
        {
            _session.BeginEvaluation(batch);
            if (_session.StepsUnderWay == _session.StepsAhead)
                Finish();
        }

        while (_session.StepsUnderWay > 0)
            Finish();
        return cancellation.IsCancellationRequested
            ? null
            : new EvaluationResult(
                loss / images, (double)correct / images, images,
                correctAtExits is null ? null : [.. correctAtExits.Select(count => (double)count / images)]);

        void Finish()
        {
            StepResult result = _session.Finish();
            loss += result.Loss * result.Images;
            correct += result.Correct;
            images += result.Images;
            if (correctAtExits is not null)
                _session.AddCorrectAtExits(result.Images, correctAtExits);
            advanced?.Invoke(images, _dataset.Count);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _loader.Dispose();
}
