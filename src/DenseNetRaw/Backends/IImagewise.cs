using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends;

/// <summary>Whether an image's pass ends at an output, given its values. Several threads ask at once.</summary>
public delegate bool OutputRule(int image, int output, ReadOnlySpan<float> values);

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

    /// <summary>Prepares what all images read of parameters, as they are now, for plays that do not.</summary>
    /// <param name="workspace">Where it may work, from now on.</param>
    void Prepare(nint workspace);

    /// <summary>
    /// As above, prepared before, but for the first images alone, and for each as far as the first output at which its
    /// pass ends: the outputs after it are not computed.
    /// </summary>
    /// <param name="x">The batch.</param>
    /// <param name="ys">What it becomes, in the order in which it is computed.</param>
    /// <param name="images">How many images of the batch are played.</param>
    /// <param name="ends">Where an image's pass ends; null for nowhere but the last.</param>
    void Play(Tensor x, Tensor[] ys, int images, OutputRule? ends);
}
