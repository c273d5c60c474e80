namespace DenseNetRaw.Models;

/// <summary>How many layers the blocks of an MSDNet have after the first.</summary>
public enum MsdNetStepMode
{
    /// <summary>Each as many: <see cref="MsdNetConfiguration.Step"/>.</summary>
    Even,

    /// <summary>More and more: Step · (i − 1) + 1 in block i = 2, 3, ….</summary>
    LinearGrowth,
}
