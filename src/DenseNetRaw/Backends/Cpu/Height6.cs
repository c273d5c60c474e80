namespace DenseNetRaw.Backends.Cpu;

/// <summary>6 rows.</summary>
internal readonly struct Height6 : IPanelHeight
{
    /// <inheritdoc/>
    public static int Rows => 6;
}
