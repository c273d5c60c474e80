using System.Globalization;
using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Kernels;

/// <summary>NVRTC as the compiler of kernels. Needs no device.</summary>
internal sealed class NvrtcTranslator : IKernelTranslator
{
    private const string MachineCodeOption = "--gpu-architecture=sm_";

    /// <summary>Asks NVRTC what it is; it must have been found.</summary>
    public NvrtcTranslator()
    {
        CudaException.ThrowIfFailed(NvrtcApi.nvrtcVersion(out int major, out int minor));
        Version = string.Create(CultureInfo.InvariantCulture, $"NVRTC {major}.{minor}");
        Identity = $"{Version} in {CudaLibraries.Of(CudaLibrary.Nvrtc).FilePath}";
        CudaException.ThrowIfFailed(NvrtcApi.nvrtcGetNumSupportedArchs(out int count));
        int[] architectures = new int[count];
        CudaException.ThrowIfFailed(NvrtcApi.nvrtcGetSupportedArchs(architectures));
        Architectures = architectures;
    }

    /// <inheritdoc/>
    public string Version { get; }

    /// <inheritdoc/>
    public string Identity { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Architectures { get; }

    /// <inheritdoc/>
    public KernelImage Translate(
        string name, string source, IReadOnlyDictionary<string, string> headers, IReadOnlyList<string> options)
    {
        using NvrtcProgram program = NvrtcProgram.Create(name, source, headers);
        string log = program.Compile(options);
        bool isMachineCode = options.Any(o => o.StartsWith(MachineCodeOption, StringComparison.Ordinal));
        return new KernelImage(isMachineCode ? program.Cubin() : program.Ptx(), KernelOrigin.Compiled, log);
    }
}
