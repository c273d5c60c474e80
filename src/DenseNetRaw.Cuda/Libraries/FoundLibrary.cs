namespace DenseNetRaw.Cuda.Libraries;

/// <summary>One of the libraries that CUDA needs, found or not.</summary>
/// <param name="Library">Which it is.</param>
/// <param name="Name">What people call it.</param>
/// <param name="FilePath">The file that was loaded; null where it was not found.</param>
/// <param name="Version">What the library says it is; null where it does not say.</param>
/// <param name="WhyMissing">What is missing and how to get it; null where it was found.</param>
/// <param name="Attempts">What was tried before it was found, or in vain.</param>
public sealed record FoundLibrary(
    CudaLibrary Library,
    string Name,
    string? FilePath,
    string? Version,
    string? WhyMissing,
    IReadOnlyList<string> Attempts);
