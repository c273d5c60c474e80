namespace DenseNetRaw.Memory;

/// <summary>
/// What is kept for the backward pass (docs/memory.md). Modules and the planner read it; no operation does.
/// </summary>
/// <param name="Name">The name that <c>--memory</c> takes.</param>
/// <param name="ReusesStorage">Whether what is dead gives its place to what is not.</param>
/// <param name="InPlace">
/// Whether a dense block is one storage with shared statistics, or a concatenation for every layer.
/// </param>
/// <param name="Kept">The kinds of values that are kept; the others are computed again in the backward pass.</param>
public sealed record MemoryStrategy(string Name, bool ReusesStorage, bool InPlace, KeptValues Kept)
{
    /// <summary>
    /// Everything is kept, each in a place of its own: concatenations, normalised copies, all gradients. Torch's
    /// <c>optMemory</c> 0 (Pleiss et al. 2017, arXiv:1707.06990, "naive").
    /// </summary>
    public static MemoryStrategy Naive { get; } = new("naive", false, false, KeptValues.All);

    /// <summary>
    /// As <see cref="Naive"/>, but what is dead gives its place to gradients: Torch's <c>optMemory</c> 2, and what
    /// frameworks do that free by reference count.
    /// </summary>
    public static MemoryStrategy SharedGradients { get; } = new("shared-gradients", true, false, KeptValues.All);

    /// <summary>As <see cref="SharedGradients"/>, with concatenations made again: <c>optMemory</c> 3.</summary>
    public static MemoryStrategy SharedConcatenations { get; } = new(
        "shared-concat", true, false, KeptValues.All & ~KeptValues.Concatenations);

    /// <summary>
    /// As <see cref="SharedConcatenations"/>, with layers' inputs normalised again: <c>optMemory</c> 4,
    /// efficient_densenet_pytorch's <c>efficient</c> and torchvision's <c>memory_efficient</c>. As there, the second
    /// norm's copy is kept.
    /// </summary>
    public static MemoryStrategy SharedAll { get; } = new(
        "shared-all", true, false, KeptValues.OtherNormalised | KeptValues.Bottlenecks);

    /// <summary>
    /// In-place concatenation, shared statistics, normalised copies in scratch; keeps bottleneck outputs.
    /// </summary>
    public static MemoryStrategy Slab { get; } = new("slab", true, true, KeptValues.Bottlenecks);

    /// <summary>As <see cref="Slab"/>, with bottleneck outputs computed again.</summary>
    public static MemoryStrategy SlabMinimal { get; } = new("slab-minimal", true, true, KeptValues.None);

    /// <summary>
    /// As <see cref="SlabMinimal"/>, but <see cref="MemoryBudget"/> chooses for every layer what a budget has room to
    /// keep.
    /// </summary>
    public static MemoryStrategy Auto { get; } = new("auto", true, true, KeptValues.None);

    /// <summary>The strategies that need no budget, from the one that keeps most to the one that keeps least.</summary>
    public static IReadOnlyList<MemoryStrategy> Ladder { get; } =
        [Naive, SharedGradients, SharedConcatenations, SharedAll, Slab, SlabMinimal];

    /// <summary>Names of values that are kept although their kind is not.</summary>
    public IReadOnlySet<string> AlsoKept { get; init; } = new HashSet<string>();

    /// <summary>The strategy of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static MemoryStrategy Named(string name) =>
        Ladder.Append(Auto).FirstOrDefault(strategy => strategy.Name == name)
        ?? throw new ArgumentException(
            $"expected a memory strategy ({string.Join(", ", Ladder.Append(Auto).Select(strategy => strategy.Name))}), "
            + $"found '{name}'");

    /// <summary>Whether the value of that kind and name is kept for the backward pass.</summary>
    public bool Keeps(KeptValues kind, string name) => Kept.HasFlag(kind) || AlsoKept.Contains(name);
}
