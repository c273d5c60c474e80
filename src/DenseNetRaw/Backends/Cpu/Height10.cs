namespace DenseNetRaw.Backends.Cpu;

/// <summary>10 rows.</summary>
internal readonly struct Height10 : IPanelHeight
{
    /// <inheritdoc/>
    public static int Rows => 10;
}
