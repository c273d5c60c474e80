using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends;

/// <summary>A network's forward pass, planned for a backend that plays a batch image by image.</summary>
public interface IImagewise
{
    /// <summary>The extents of what a batch becomes, output by output.</summary>
    IReadOnlyList<Shape> Outputs { get; }

    /// <summary>Multiply-adds of a batch.</summary>
    long MultiplyAdds { get; }

    /// <summary>Bytes that it needs beyond its input and output.</summary>
    long WorkspaceBytes { get; }

    /// <summary>ys = forward(x), in workspace at that address. Allocates nothing after the first time.</summary>
    void Play(Tensor x, Tensor[] ys, nint workspace);
}
