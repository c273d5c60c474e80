namespace DenseNetRaw.Cuda.Libraries;

/// <summary>
/// What the files of a library are called, newest version first.
/// Names after NVIDIA's own loader (cuda-python, cuda_pathfinder) and the headers of cuDNN 8 and 9.
/// </summary>
internal static class LibraryNames
{
    /// <summary>The name of the library in the bindings (<c>LibraryImport</c>).</summary>
    public static string ImportName(CudaLibrary library) => library switch
    {
        CudaLibrary.Driver => "cuda",
        CudaLibrary.Cublas => "cublas",
        CudaLibrary.CublasLt => "cublasLt",
        CudaLibrary.Cudnn => "cudnn",
        CudaLibrary.Nvrtc => "nvrtc",
        _ => throw new ArgumentOutOfRangeException(nameof(library)),
    };

    /// <summary>What people call it.</summary>
    public static string DisplayName(CudaLibrary library) => library switch
    {
        CudaLibrary.Driver => "NVIDIA driver",
        CudaLibrary.Cublas => "cuBLAS",
        CudaLibrary.CublasLt => "cuBLASLt",
        CudaLibrary.Cudnn => "cuDNN",
        CudaLibrary.Nvrtc => "NVRTC",
        _ => throw new ArgumentOutOfRangeException(nameof(library)),
    };

    /// <summary>File names to try in this order.</summary>
    public static IReadOnlyList<LibraryName> Of(CudaLibrary library) =>
        OperatingSystem.IsWindows() ? OnWindows(library) : OnLinux(library);

    /// <summary>
    /// Files that the library opens by name while it works; they are opened first where they lie beside it, because
    /// the loader does not look there.
    /// </summary>
    public static IReadOnlyList<string> Companions(CudaLibrary library, string fileName) => library switch
    {
        CudaLibrary.Cudnn when OperatingSystem.IsWindows() => [$"cudnn_*{fileName["cudnn".Length..]}"],
        CudaLibrary.Cudnn => [$"libcudnn_*{fileName["libcudnn".Length..]}"],
        CudaLibrary.Nvrtc when OperatingSystem.IsWindows() => ["nvrtc-builtins64_*.dll"],
        CudaLibrary.Nvrtc => ["libnvrtc-builtins.so.*"],
        _ => [],
    };

    /// <summary>A function of the library, by whose address its file is found again.</summary>
    public static string LandmarkFunction(CudaLibrary library) => library switch
    {
        CudaLibrary.Driver => "cuInit",
        CudaLibrary.Cublas => "cublasCreate_v2",
        CudaLibrary.CublasLt => "cublasLtCreate",
        CudaLibrary.Cudnn => "cudnnCreate",
        CudaLibrary.Nvrtc => "nvrtcVersion",
        _ => throw new ArgumentOutOfRangeException(nameof(library)),
    };

    // The driver is never looked for as libcuda.so: that is the toolkit's stub.
    private static LibraryName[] OnLinux(CudaLibrary library) => library switch
    {
        CudaLibrary.Driver => [new("libcuda.so.1", null)],
        CudaLibrary.Cublas => [new("libcublas.so.13", 13), new("libcublas.so.12", 12), new("libcublas.so.11", 11)],
        CudaLibrary.CublasLt =>
            [new("libcublasLt.so.13", 13), new("libcublasLt.so.12", 12), new("libcublasLt.so.11", 11)],
        CudaLibrary.Cudnn => [new("libcudnn.so.9", null), new("libcudnn.so.8", null)],
        CudaLibrary.Nvrtc =>
        [
            new("libnvrtc.so.13", 13), new("libnvrtc.so.12", 12), new("libnvrtc.so.11.2", 11),
            new("libnvrtc.so.11.1", 11), new("libnvrtc.so.11.0", 11),
        ],
        _ => throw new ArgumentOutOfRangeException(nameof(library)),
    };

    private static LibraryName[] OnWindows(CudaLibrary library) => library switch
    {
        CudaLibrary.Driver => [new("nvcuda.dll", null)],
        CudaLibrary.Cublas => [new("cublas64_13.dll", 13), new("cublas64_12.dll", 12), new("cublas64_11.dll", 11)],
        CudaLibrary.CublasLt =>
            [new("cublasLt64_13.dll", 13), new("cublasLt64_12.dll", 12), new("cublasLt64_11.dll", 11)],
        CudaLibrary.Cudnn => [new("cudnn64_9.dll", null), new("cudnn64_8.dll", null)],
        CudaLibrary.Nvrtc =>
            [new("nvrtc64_130_0.dll", 13), new("nvrtc64_120_0.dll", 12), new("nvrtc64_112_0.dll", 11)],
        _ => throw new ArgumentOutOfRangeException(nameof(library)),
    };
}
