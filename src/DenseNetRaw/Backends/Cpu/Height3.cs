namespace DenseNetRaw.Backends.Cpu;

/// <summary>Three rows.</summary>
internal readonly struct Height3 : IPanelHeight
{
    /// <inheritdoc/>
    public static int Rows => 3;
}
