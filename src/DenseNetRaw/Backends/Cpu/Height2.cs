namespace DenseNetRaw.Backends.Cpu;

/// <summary>2 rows.</summary>
internal readonly struct Height2 : IPanelHeight
{
    /// <inheritdoc/>
    public static int Rows => 2;
}
