namespace DenseNetRaw.Cuda.Native;

/// <summary>How many blocks or threads in each direction.</summary>
/// <param name="X">Along x, the fastest.</param>
/// <param name="Y">Along y.</param>
/// <param name="Z">Along z.</param>
internal readonly record struct Extent3(uint X, uint Y = 1, uint Z = 1)
{
    /// <summary>So many along x, and one each along y and z.</summary>
    public static implicit operator Extent3(int x) => new(checked((uint)x));

    /// <inheritdoc/>
    public override string ToString() => $"({X}, {Y}, {Z})";
}
