namespace DenseNetRaw.Backends.Cpu;

/// <summary>The pixels of one work item: some rows of some images.</summary>
/// <param name="FirstImage">The first image.</param>
/// <param name="Images">How many images.</param>
/// <param name="FirstRow">The first row in each of them.</param>
/// <param name="Rows">How many rows.</param>
internal readonly record struct Tile(int FirstImage, int Images, int FirstRow, int Rows);
