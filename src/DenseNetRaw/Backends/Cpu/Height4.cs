namespace DenseNetRaw.Backends.Cpu;

/// <summary>4 rows.</summary>
internal readonly struct Height4 : IPanelHeight
{
    /// <inheritdoc/>
    public static int Rows => 4;
}
