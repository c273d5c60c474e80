using System.CommandLine;
using DenseNetRaw.Backends;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>How many images are evaluated at once, and a session that is planned for them.</summary>
internal sealed class EvaluationBatch
{
    /// <summary>The flag.</summary>
    public Option<int> Flag { get; } = new("--batch-size", "-b")
    {
        Description = "images in a batch, at most",
        DefaultValueFactory = _ => 64,
    };

    /// <summary>The batch size for so many images.</summary>
    /// <exception cref="ArgumentException">It is not positive.</exception>
    public int Size(ParseResult command, int images)
    {
        int largest = command.GetValue(Flag);
        return largest >= 1
            ? Math.Min(largest, images)
            : throw new ArgumentException($"--batch-size must be at least 1, found {largest}");
    }

    /// <summary>A session with the weights of the file, planned for that many images in batches of that size.</summary>
    public static Session NewSession(
        SafetensorsFile file, ModelConfiguration model, Backend backend, SessionSettings settings, int images,
        int batchSize)
    {
        Session session = new(
            model.NewModel(), backend,
            settings with { EvaluationBatchSizes = Evaluator.BatchSizes(images, batchSize) });
        try
        {
            StateDictionary.Restore(file, session.Model, backend);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
