namespace DenseNetRaw.Autograd;

/// <summary>
/// The extents of a tensor, [N, C, H, W]. A vector of C channels is [1, C, 1, 1], the weights of a convolution are
/// [K, C, R, S], logits are [N, classes, 1, 1]; a linear layer is a 1×1 convolution.
/// </summary>
/// <param name="N">Images in the batch, or output channels of a weight.</param>
/// <param name="C">Channels.</param>
/// <param name="H">Rows.</param>
/// <param name="W">Columns.</param>
public readonly record struct Shape(int N, int C, int H, int W)
{
    /// <summary>The shape of one number, [1, 1, 1, 1].</summary>
    public static Shape Scalar => new(1, 1, 1, 1);

    /// <summary>Elements of one channel of one image, H·W.</summary>
    public int Plane => H * W;

    /// <summary>Elements in all, N·C·H·W.</summary>
    public long Count => (long)N * C * H * W;

    /// <summary>
    /// Whether a storage can have these extents: 31 bits count the elements of one image, C·H·W, and the planes of all,
    /// N·C, as the backends' loops do; and 40 bits all elements, so that no sum of a plan's bytes leaves 63.
    /// </summary>
    public bool IsAddressable
    {
        get
        {
            long plane = (long)H * W, image = plane <= int.MaxValue ? C * plane : long.MaxValue;
            return Math.Min(Math.Min(N, C), Math.Min(H, W)) >= 0
                && image <= int.MaxValue && (long)N * C <= int.MaxValue && N * image <= 1L << 40;
        }
    }

    /// <summary>The shape of a vector of <paramref name="channels"/>, [1, C, 1, 1].</summary>
    public static Shape Vector(int channels) => new(1, channels, 1, 1);

    /// <inheritdoc/>
    public override string ToString() => $"[{N}, {C}, {H}, {W}]";
}
