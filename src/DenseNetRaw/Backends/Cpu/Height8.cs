namespace DenseNetRaw.Backends.Cpu;

/// <summary>8 rows.</summary>
internal readonly struct Height8 : IPanelHeight
{
    /// <inheritdoc/>
    public static int Rows => 8;
}
