namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>A published curve of memory against depth: DenseNet-BC, k = 12.</summary>
/// <param name="Name">What the source calls it, and its framework.</param>
/// <param name="Framework">The framework that was measured.</param>
/// <param name="Memory">The strategy of ours that keeps the same.</param>
/// <param name="Points">Depth, and memory of the whole process on the GPU in what the source calls GB.</param>
internal sealed record PublishedMemory(
    string Name, string Framework, string Memory, IReadOnlyList<(int Depth, double Gigabytes)> Points)
{
    /// <summary>
    /// Pleiss et al. 2017, arXiv:1707.06990, figure 4, read off its vectors; a curve ends where a card of 12 GB is
    /// full. The batch is not stated; the values fit 64 images.
    /// </summary>
    public static IReadOnlyList<PublishedMemory> Figure4 { get; } =
    [
        new(
            "naive, Lua Torch", "Lua Torch", "naive",
            [(34, 1.34), (64, 2.89), (94, 5.09), (124, 7.84), (154, 11.24)]),
        new(
            "shared gradients, Lua Torch", "Lua Torch", "shared-gradients",
            [(34, 0.96), (64, 1.75), (94, 2.81), (124, 4.08), (154, 5.61), (184, 7.34), (214, 9.37), (244, 11.62)]),
        new(
            "shared gradients, PyTorch", "PyTorch", "shared-gradients",
            [
                (34, 0.88), (64, 1.51), (94, 2.43), (124, 3.60), (154, 5.01), (184, 6.51), (214, 8.36), (244, 10.70),
                (256, 11.62),
            ]),
        new(
            "all shared, Lua Torch", "Lua Torch", "shared-all",
            [
                (34, 0.79), (64, 1.13), (94, 1.56), (124, 2.21), (154, 3.02), (184, 3.96), (214, 5.06), (244, 6.31),
                (274, 7.71), (304, 9.25), (334, 10.93), (346, 11.65),
            ]),
        new(
            "all shared, PyTorch", "PyTorch", "shared-all",
            [
                (34, 0.79), (64, 1.10), (94, 1.45), (124, 1.75), (154, 2.08), (184, 2.55), (214, 3.15), (244, 3.82),
                (274, 4.57), (304, 5.30), (334, 6.28), (364, 7.25), (394, 8.30), (424, 9.41), (454, 10.61),
                (478, 11.61),
            ]),
    ];
}
