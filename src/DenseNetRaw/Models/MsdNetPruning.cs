namespace DenseNetRaw.Models;

/// <summary>Where an MSDNet leaves its finer scales.</summary>
public enum MsdNetPruning
{
    /// <summary>Early: layers are cut into as many intervals as there are scales, each with one scale less.</summary>
    Max,

    /// <summary>Late: only where too few layers are left for a scale to reach the last classifier.</summary>
    Min,
}
