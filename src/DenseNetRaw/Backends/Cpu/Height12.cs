namespace DenseNetRaw.Backends.Cpu;

/// <summary>12 rows.</summary>
internal readonly struct Height12 : IPanelHeight
{
    /// <inheritdoc/>
    public static int Rows => 12;
}
