using DenseNetRaw.Backends;
using DenseNetRaw.Data;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Tests.Training;

/// <summary>
/// A run that PyTorch 1.13.1 made (shared/reference/README.md): the same weights, the same images in the same order.
/// </summary>
internal static class ReferenceRun
{
    private const int BatchSize = 32;

    /// <summary>A session with the run's initial weights.</summary>
    public static Session NewSession(
        string shared, string run, string model, Backend backend, MemoryStrategy? memory = null)
    {
        DenseNet network = new(DenseNetConfiguration.Named(model));
        Session session = new(network, backend, new SessionSettings
        {
            TrainingBatchSizes = [BatchSize],
            Memory = memory ?? MemoryStrategy.Slab,
        });
        StateDictionary.Restore(
            SafetensorsFile.Read(Path.Combine(shared, "reference", $"{run}.init.safetensors")), network, backend);
        return session;
    }

    /// <summary>The run's batches.</summary>
    public static BatchLoader NewLoader(string shared) => new(
        DataSource.Open(Path.Combine(shared, "data", "cifar10-mini")).ReadTraining(),
        new BatchOptions
        {
            BatchSize = BatchSize,
            Normalization = new Normalization([0.4914f, 0.4822f, 0.4465f], [0.2470f, 0.2435f, 0.2616f]),
        });

    /// <summary>The recorded step of training, with a batch uploaded.</summary>
    public static RecordedStep Feed(Session session, Batch batch)
    {
        RecordedStep step = session.StepFor(BatchSize, isTraining: true);
        session.Backend.Upload(batch.Pixels, step.Images.Value);
        session.Backend.Upload(batch.Labels, step.Labels.Value);
        return step;
    }
}
