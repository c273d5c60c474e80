using DenseNetRaw.Autograd;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>What an operation is timed on: features [N, C, H, W], of which it takes a run of channels.</summary>
/// <param name="Storage">The extents of the features' storage.</param>
/// <param name="First">The first channel that belongs to x.</param>
/// <param name="Count">How many do.</param>
internal readonly record struct OperationExtents(Shape Storage, int First, int Count)
{
    /// <summary>Elements that plain float64 loops get through in about a second, whatever the operation.</summary>
    private const long ReferenceElements = 200_000;

    private const int LeastPlane = 8;

    /// <summary>The extents of x.</summary>
    public Shape X => Storage with { C = Count };

    /// <summary>The same channels with fewer images, and smaller ones if need be, for the float64 reference.</summary>
    public OperationExtents Reduced()
    {
        Shape storage = Storage;
        while (storage.Count > ReferenceElements && storage.N > 2)
            storage = storage with { N = Math.Max(2, storage.N / 2) };
        while (storage.Count > ReferenceElements && Math.Min(storage.H, storage.W) > LeastPlane)
            storage = storage with { H = storage.H / 2, W = storage.W / 2 };
        return this with { Storage = storage };
    }
}
