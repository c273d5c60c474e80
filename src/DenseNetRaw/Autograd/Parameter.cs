namespace DenseNetRaw.Autograd;

/// <summary>A named variable that the optimiser updates, with its initial distribution.</summary>
public sealed class Parameter : Variable
{
    /// <summary>A parameter of the given name, which is its key in the state dictionary.</summary>
    /// <param name="name">For example <c>features.conv0.weight</c>.</param>
    /// <param name="shape">Its extents.</param>
    /// <param name="initial">Where its first values are drawn from.</param>
    /// <param name="rank">Dimensions in the state dictionary: 1 for [C], 2 for [K, C], 4 for [K, C, R, S].</param>
    public Parameter(string name, Shape shape, InitialDistribution initial, int rank)
        : base(
            Tensor.Of(new Storage(name, shape, StorageRole.Parameter)),
            Tensor.Of(new Storage($"d {name}", shape, StorageRole.ParameterGradient))) =>
        (Initial, Rank) = (initial, rank);

    /// <summary>Where its first values are drawn from.</summary>
    public InitialDistribution Initial { get; }

    /// <summary>Dimensions in the state dictionary: 1 for [C], 2 for [K, C], 4 for [K, C, R, S].</summary>
    public int Rank { get; }
}
