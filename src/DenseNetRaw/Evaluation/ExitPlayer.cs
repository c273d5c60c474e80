using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;

namespace DenseNetRaw.Evaluation;

/// <summary>
/// Plays a network of several exits on batches of images: as a whole, or each image as far as the exit at which it
/// leaves, so that what comes after is not computed. All memory is planned and allocated at the beginning.
/// </summary>
public abstract class ExitPlayer : IDisposable
{
    /// <summary>Plans it: image by image where the backend plays networks so, else batches that shrink.</summary>
    /// <param name="model">Its parameters, placed and filled on the backend, are taken as they are.</param>
    /// <param name="backend">Where it runs; the caller disposes of it.</param>
    /// <param name="memory">How the network's storages lie.</param>
    /// <param name="batchSize">Images in a batch, at most.</param>
    /// <param name="budgetBytes">Bytes that the plan may take; null for what the device can give.</param>
    /// <exception cref="InsufficientMemoryException">The plan needs more; both numbers are in the message.</exception>
    public static ExitPlayer New(
        Model model, Backend backend, MemoryStrategy memory, int batchSize, long? budgetBytes = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        long allowed = Math.Min(budgetBytes ?? long.MaxValue, backend.AvailableBytes);
        IReadOnlyList<Variable> LogitsOf(Tape tape, Variable x) =>
            [.. model.Exits(tape, x).Select(exit => exit.Logits)];
        return backend.PlanImagewise(LogitsOf, model.InputShape(batchSize)) is { } planned
            ? new ImagewiseExits(planned, model.InputShape(batchSize), backend, allowed)
            : new CompactedExits(LogitsOf, model.InputShape(batchSize), backend, memory, allowed);
    }

    /// <summary>The number of exits.</summary>
    public abstract int Exits { get; }

    /// <summary>Classes of the logits.</summary>
    public abstract int Classes { get; }

    /// <summary>Images in a batch, at most.</summary>
    public abstract int BatchSize { get; }

    /// <summary>Bytes that were allocated.</summary>
    public abstract long Bytes { get; }

    /// <summary>Runs all exits.</summary>
    /// <param name="pixels">[images, 3, H, W], already normalised.</param>
    /// <param name="images">At most <see cref="BatchSize"/>.</param>
    /// <param name="logits">Receives [exits, images, classes].</param>
    public abstract void PlayAll(ReadOnlySpan<float> pixels, int images, Span<float> logits);

    /// <summary>Runs each image as far as the exit where it leaves. Allocates nothing after the first times.</summary>
    /// <param name="pixels">[images, 3, H, W], already normalised.</param>
    /// <param name="thresholds">Where an image leaves.</param>
    /// <param name="exits">Receives the exit of each image; its length is the number of images.</param>
    /// <param name="answers">Receives the class that this exit gives the image.</param>
    public abstract void Play(
        ReadOnlySpan<float> pixels, ExitThresholds thresholds, Span<int> exits, Span<int> answers);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    protected abstract void Dispose(bool disposing);

    /// <summary>Allocates what was planned, if there may be so much.</summary>
    private protected static DeviceMemory Allocate(Backend backend, long bytes, long allowedBytes) =>
        bytes <= allowedBytes
            ? backend.Allocate(bytes)
            : throw new InsufficientMemoryException(
                $"early exit on the {backend.Name} device needs {ByteText.Of(bytes)} for this batch, and "
                + $"{ByteText.Of(allowedBytes)} may be taken: take a smaller --batch-size");

    /// <summary>Fails unless so many images fit a batch, and their pixels are as many as they have.</summary>
    private protected static void RequireBatch(Shape batch, int images, int pixels)
    {
        if (images < 1 || images > batch.N || pixels != (long)images * batch.C * batch.Plane)
        {
            throw new ArgumentException(
                $"expected 1 to {batch.N} images of [{batch.C}, {batch.H}, {batch.W}], found {images} and {pixels} "
                + "values");
        }
    }
}
