namespace DenseNetRaw.Backends.Cpu;

/// <summary>How many rows, or vectors of rows, a kernel holds in registers, a constant to the JIT.</summary>
internal interface IPanelHeight
{
    /// <summary>An even number from 2 to 12, or 3.</summary>
    static abstract int Rows { get; }
}
