using System.Globalization;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>One way to time an operation.</summary>
/// <param name="Name">What differs from the default, or "default".</param>
/// <param name="Extents">The features, and the channels of x.</param>
internal sealed record OperationVariant(string Name, OperationExtents Extents)
{
    private const int MostOffset = 16;
    private const int GrowthRate = 12;
    private static readonly int[] Offsets = [0, 1, 2, 3, 4, 8, 12, 16];
    private static readonly double[] BlockShares = [0.25, 0.5, 2, 4];

    /// <summary>Whether gradients of features are stored rather than added to.</summary>
    public bool Stores { get; init; }

    /// <summary>Blocks of a GPU's launches, as a multiple of the usual number.</summary>
    public double BlockShare { get; init; } = 1;

    /// <summary>What was asked for.</summary>
    public static OperationVariant Default(OperationExtents extents) => new("default", extents);

    /// <summary>
    /// Runs of channels that begin anywhere, odd numbers of channels, gradients stored, and, on a GPU, fewer and more
    /// blocks of threads.
    /// </summary>
    /// <param name="extents">What was asked for.</param>
    /// <param name="isSliced">Whether the operation takes a run of channels.</param>
    /// <param name="canStore">Whether it adds to gradients of features.</param>
    /// <param name="hasBlocks">Whether the device's launches have blocks.</param>
    public static IEnumerable<OperationVariant> Sweep(
        OperationExtents extents, bool isSliced, bool canStore, bool hasBlocks)
    {
        if (canStore)
            yield return new OperationVariant("stores", extents) { Stores = true };
        if (hasBlocks)
        {
            foreach (double share in BlockShares)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"blocks x{share}");
                yield return new OperationVariant(name, extents) { BlockShare = share };
            }
        }

        if (!isSliced)
            yield break;
        int most = Math.Min(MostOffset, (extents.Count - 1) / 2);
        foreach (int offset in Offsets.Where(offset => offset <= most))
        {
            // All take as many channels, so that only where they begin differs.
            yield return new OperationVariant(
                $"offset {offset}", extents with { First = extents.First + offset, Count = extents.Count - most });
        }

        foreach (int count in new[] { extents.Count - 1, (extents.Count / 2) | 1, GrowthRate, 1 }.Distinct())
        {
            if (count >= 1 && count < extents.Count)
                yield return new OperationVariant($"channels {count}", extents with { Count = count });
        }
    }
}
