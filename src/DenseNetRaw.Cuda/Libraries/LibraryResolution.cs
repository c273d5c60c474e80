namespace DenseNetRaw.Cuda.Libraries;

/// <summary>What a search for a library found: its file, or everything that was tried.</summary>
/// <param name="Library">The library.</param>
/// <param name="Handle">What the loader gave; 0 where the library was not found.</param>
/// <param name="FilePath">The file that was loaded; null where the library was not found.</param>
/// <param name="Attempts">What was tried before, one place and its outcome a line.</param>
internal sealed record LibraryResolution(
    CudaLibrary Library, nint Handle, string? FilePath, IReadOnlyList<string> Attempts)
{
    /// <summary>Whether the library can be called.</summary>
    public bool IsFound => Handle != 0;

    /// <summary>What is missing and how to get it, in a sentence; null where nothing is.</summary>
    public string? WhyMissing => IsFound ? null : $"{LibraryNames.DisplayName(Library)} was not found "
        + $"({FileNames}{Unloadable()}): {Remedy}";

    private string FileNames =>
        LibraryNames.Of(Library) is [LibraryName newest, .., LibraryName oldest]
            ? $"{newest.FileName} to {oldest.FileName}"
            : LibraryNames.Of(Library)[0].FileName;

    private string Remedy => Library switch
    {
        CudaLibrary.Driver => "install NVIDIA's driver for this machine's GPU",
        CudaLibrary.Cudnn =>
            "install cuDNN 9 or 8 (pip install nvidia-cudnn-cu12), "
            + $"or name its folder in {LibraryPlaces.Variable}",
        CudaLibrary.Nvrtc =>
            "install the CUDA toolkit or its compiler (pip install nvidia-cuda-nvrtc-cu12), "
            + $"or name its folder in {LibraryPlaces.Variable}",
        _ =>
            "install the CUDA toolkit or its cuBLAS (pip install nvidia-cublas-cu12), "
            + $"or name its folder in {LibraryPlaces.Variable}",
    };

    private string Unloadable() =>
        Attempts.FirstOrDefault(a => a.Contains(LibrarySearch.CannotLoad, StringComparison.Ordinal)) is { } attempt
            ? $"; {attempt}"
            : string.Empty;
}
