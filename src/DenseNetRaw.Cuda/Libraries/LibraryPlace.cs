namespace DenseNetRaw.Cuda.Libraries;

/// <summary>A place where libraries are looked for.</summary>
/// <param name="Origin">Where the place comes from, in words: an environment variable, Python's packages.</param>
/// <param name="Folder">The folder; null is wherever the system's loader looks.</param>
internal readonly record struct LibraryPlace(string Origin, string? Folder)
{
    /// <summary>The place in words.</summary>
    public override string ToString() => Folder is null ? Origin : $"{Folder} ({Origin})";
}
