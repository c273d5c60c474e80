namespace DenseNetRaw.Memory;

/// <summary>
/// What is kept for the backward pass (docs/memory.md). Dense blocks and the planner read these flags; no operation
/// does.
/// </summary>
/// <param name="Name">The name that <c>--memory</c> takes.</param>
/// <param name="ReusesStorage">Whether what is dead gives its place to what is not.</param>
/// <param name="InPlace">
/// Whether a dense block is one storage with shared statistics, or a concatenation for every layer.
/// </param>
/// <param name="KeepsNormalised">
/// Whether the normalised copies are kept, or computed again in the backward pass.
/// </param>
/// <param name="RecomputesBottleneck">Whether the 1×1 convolutions before the 3×3 ones are computed again.</param>
public sealed record MemoryStrategy(
    string Name, bool ReusesStorage, bool InPlace, bool KeepsNormalised, bool RecomputesBottleneck)
{
    /// <summary>
    /// Everything is kept, each in a place of its own: concatenations, normalised copies, all gradients.
    /// </summary>
    public static MemoryStrategy Naive { get; } = new("naive", false, false, true, false);

    /// <summary>
    /// In-place concatenation, shared statistics, normalised copies in scratch; keeps bottleneck outputs.
    /// </summary>
    public static MemoryStrategy Slab { get; } = new("slab", true, true, false, false);

    /// <summary>As <see cref="Slab"/>, with bottleneck outputs computed again.</summary>
    public static MemoryStrategy SlabMinimal { get; } = new("slab-minimal", true, true, false, true);

    /// <summary>Every strategy, from the one that keeps most to the one that keeps least.</summary>
    public static IReadOnlyList<MemoryStrategy> All { get; } = [Naive, Slab, SlabMinimal];

    /// <summary>The strategy of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static MemoryStrategy Named(string name) => All.FirstOrDefault(strategy => strategy.Name == name)
        ?? throw new ArgumentException(
            $"memory strategy '{name}' is unknown; there are {string.Join(", ", All.Select(s => s.Name))}");
}
