using System.CommandLine;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cli;

/// <summary>The flag that marks what a GPU's profilers show.</summary>
internal sealed class NvtxOption
{
    /// <summary>The flag.</summary>
    public Option<bool> Flag { get; } = new("--nvtx")
    {
        Description = "mark epochs, steps and, before a step is one graph, its passes and calls for NVIDIA's profilers "
            + "(NVTX); with --device cuda",
    };

    /// <summary>Marks what the backend plays if that was asked for; says so where there is no library.</summary>
    /// <exception cref="ArgumentException">It was asked for on another device.</exception>
    public NvtxRanges? Mark(ParseResult command, Backend backend)
    {
        if (!command.GetValue(Flag))
            return null;
        if (backend is not CudaBackend cuda)
            throw new ArgumentException($"{Flag.Name}: of the cuda device alone; found --device {backend.Name}");

        cuda.Ranges = NvtxRanges.Find();
        if (cuda.Ranges is null)
        {
            command.InvocationConfiguration.Error.WriteLine(
                $"{Flag.Name}: {NvtxRanges.FileName} is not found, so nothing is marked; it is part of CUDA toolkits "
                + "before 12.9 and of Python's nvidia-nvtx-cu12 (DENSENET_CUDA_LIBRARIES names folders to look in)");
        }

        return cuda.Ranges;
    }
}
