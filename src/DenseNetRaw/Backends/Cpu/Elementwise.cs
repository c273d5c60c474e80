namespace DenseNetRaw.Backends.Cpu;

/// <summary>What <see cref="ElementwiseWork"/> computes of a and b.</summary>
internal enum Elementwise
{
    /// <summary>a.</summary>
    Copy,

    /// <summary>a + b.</summary>
    Add,

    /// <summary>a · b.</summary>
    Multiply,
}
