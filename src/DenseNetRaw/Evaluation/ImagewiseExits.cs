using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Evaluation;

/// <summary>Early exit where a thread plays an image: it stops at the image's exit and takes the next image.</summary>
internal sealed class ImagewiseExits : ExitPlayer
{
    private const long Alignment = 64;
    private readonly IImagewise _forward;
    private readonly Backend _backend;
    private readonly Tensor _x;
    private readonly Tensor[] _ys;
    private readonly DeviceMemory _memory;
    private readonly int[] _exits, _answers;
    private ExitThresholds? _thresholds;

    public ImagewiseExits(IImagewise forward, Shape x, Backend backend, long allowedBytes)
    {
        (_forward, _backend) = (forward, backend);
        Storage images = new("images", x, StorageRole.Input);
        Storage[] logits =
            [.. forward.Outputs.Select((y, k) => new Storage($"logits {k + 1}", y, StorageRole.Feature))];
        long bytes = 0;
        Dictionary<Storage, long> offsets = [];
        foreach (Storage storage in logits.Prepend(images))
        {
            offsets[storage] = bytes;
            bytes += Aligned(backend.BytesOf(storage.Shape, storage.Role));
        }

        (_x, _ys) = (Tensor.Of(images), [.. logits.Select(Tensor.Of)]);
        (_exits, _answers) = (new int[x.N], new int[x.N]);
        Ends = EndsAt;
        _memory = Allocate(backend, bytes + forward.WorkspaceBytes, allowedBytes);
        foreach ((Storage storage, long offset) in offsets)
        {
            storage.Address = _memory.Address + (nint)offset;
        }

        try
        {
            _forward.Prepare(_memory.Address + (nint)bytes);
        }
        catch
        {
            _memory.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override int Exits => _ys.Length;

    /// <inheritdoc/>
    public override int Classes => _ys[0].Shape.C;

    /// <inheritdoc/>
    public override int BatchSize => _x.Shape.N;

    /// <inheritdoc/>
    public override long Bytes => _memory.Bytes;

    private OutputRule Ends { get; }

    /// <inheritdoc/>
    public override void PlayAll(ReadOnlySpan<float> pixels, int images, Span<float> logits)
    {
        Play(pixels, images, null);
        for (int exit = 0; exit < Exits; exit++)
        {
            int size = images * Classes;
            Tensor y = _ys[exit] with { Shape = _ys[exit].Shape with { N = images } };
            _backend.Download(y, logits.Slice(exit * size, size));
        }
    }

    /// <inheritdoc/>
    public override void Play(
        ReadOnlySpan<float> pixels, ExitThresholds thresholds, Span<int> exits, Span<int> answers)
    {
        _thresholds = thresholds;
        Play(pixels, exits.Length, Ends);
        _exits.AsSpan(0, exits.Length).CopyTo(exits);
        _answers.AsSpan(0, exits.Length).CopyTo(answers);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _memory.Dispose();

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private void Play(ReadOnlySpan<float> pixels, int images, OutputRule? ends)
    {
        RequireBatch(_x.Shape, images, pixels.Length);
        _backend.Upload(pixels, _x with { Shape = _x.Shape with { N = images } });
        _forward.Play(_x, _ys, images, ends);
    }

    private bool EndsAt(int image, int exit, ReadOnlySpan<float> logits)
    {
        if (_thresholds!.IsClosed(exit) || !_thresholds.Leaves(exit, Softmax.Confidence(logits)))
        {
            return false;
        }

        (_exits[image], _answers[image]) = (exit, Softmax.Answer(logits));
        return true;
    }
}
