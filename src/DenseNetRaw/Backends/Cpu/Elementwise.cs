namespace DenseNetRaw.Backends.Cpu;

/// <summary>What <see cref="ElementwiseWork"/> computes of a and b.</summary>
internal enum Elementwise
{
    /// <summary>a.</summary>
    Copy,

    /// <summary>a + b.</summary>
    Add,

    /// <summary>max(0, a + b).</summary>
    AddRelu,

    /// <summary>a · b.</summary>
    Multiply,

    /// <summary>a where b is above zero, else 0.</summary>
    WherePositive,
}
