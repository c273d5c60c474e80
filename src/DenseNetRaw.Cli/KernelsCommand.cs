using System.CommandLine;
using DenseNetRaw.Cuda.Kernels;
using DenseNetRaw.Cuda.Libraries;

namespace DenseNetRaw.Cli;

/// <summary>
/// <c>densenet kernels --ptx FOLDER</c>: compiles the CUDA kernels with NVRTC to PTX, which the build then embeds. Does
/// and says nothing where the folder has it already.
/// </summary>
internal static class KernelsCommand
{
    public static Command New()
    {
        Option<string> folder = new("--ptx") { Description = "the folder for the PTX", Required = true };
        Command command = new("kernels", "PTX of the CUDA kernels, for the build to embed.") { folder };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            KernelSources sources = KernelSources.Embedded();
            PtxFolder ptx = new(parsed.GetValue(folder)!);
            if (!ptx.IsCurrent(sources))
            {
                int count = ptx.Write(sources, Compiler());
                parsed.InvocationConfiguration.Output.WriteLine($"{count} files of PTX in {parsed.GetValue(folder)}");
            }
        });
        return command;
    }

    private static NvrtcTranslator Compiler() => CudaLibraries.Of(CudaLibrary.Nvrtc).WhyMissing is { } why
        ? throw new NotSupportedException(why)
        : new NvrtcTranslator();
}
