namespace DenseNetRaw.Cuda.Kernels;

/// <summary>A compiler of kernels: source in, machine code or PTX out.</summary>
internal interface IKernelTranslator
{
    /// <summary>Its name and version.</summary>
    string Version { get; }

    /// <summary>
    /// Version and file: another may make other code of the same source. The file because a stand-in may claim any
    /// version.
    /// </summary>
    string Identity { get; }

    /// <summary>The compute capabilities that it knows, as numbers: 75, 80, 90.</summary>
    IReadOnlyList<int> Architectures { get; }

    /// <summary>Compiles one source.</summary>
    /// <param name="name">Its file name, for messages.</param>
    /// <param name="source">Its text.</param>
    /// <param name="headers">Everything that it may include, by name.</param>
    /// <param name="options">
    /// Options of NVRTC; the one that names the architecture decides between machine code (sm_90) and PTX (compute_90).
    /// </param>
    /// <exception cref="Native.CudaException">It does not compile.</exception>
    KernelImage Translate(
        string name, string source, IReadOnlyDictionary<string, string> headers, IReadOnlyList<string> options);
}
