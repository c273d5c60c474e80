using System.Text;
using DenseNetRaw.Cuda.Kernels;
using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Cuda.Native;
using DenseNetRaw.Tests.Cuda.Kernels;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>The real compiler, where this machine has it; it needs no GPU.</summary>
[Category("Nvrtc")]
public sealed class NvrtcTests
{
    private static readonly int[] Architectures = [75, 80, 86, 89, 90];

    private const string Verbose = "--ptxas-options=-v";

    private static readonly Dictionary<string, string> Scale = new()
    {
        ["factor.cuh"] = "#define FACTOR 2.0f\n",
        ["scale.cu"] = """
            #include "factor.cuh"
            extern "C" __global__ void scale(float* x, int count)
            {
                int i = blockIdx.x * blockDim.x + threadIdx.x;
                if (i < count) x[i] *= FACTOR;
            }
            """,
    };

    private static IReadOnlyList<string> EmbeddedNames => KernelSources.Embedded().Names;

    [SetUp]
    public void IgnoreWithoutNvrtc()
    {
        if (CudaLibraries.Of(CudaLibrary.Nvrtc).WhyMissing is { } why)
        {
            Assert.Ignore(why);
        }

        if (CudaLibraries.Of(CudaLibrary.Nvrtc).FilePath == Path.Combine(Emulation.Folder, "libnvrtc.so.13"))
        {
            Assert.Ignore("the emulation's NVRTC compiles nothing, and there is no other");
        }
    }

    [Test]
    public void Kernel_ForAKnownDevice_IsMachineCode()
    {
        using TemporaryFolder folder = new();
        KernelImage image = Compiler(folder, Scale).Compile("scale.cu", new ComputeCapability(8, 0));
        Assert.That(image.Bytes.AsSpan(1, 3).ToArray(), Is.EqualTo("ELF"u8.ToArray()));
    }

    [Test]
    public void Kernel_ForADeviceToCome_IsPtx()
    {
        using TemporaryFolder folder = new();
        KernelImage image = Compiler(folder, Scale).Compile("scale.cu", new ComputeCapability(99, 9));
        Assert.That(Encoding.UTF8.GetString(image.Bytes), Does.Contain(".entry scale"));
    }

    [Test]
    public void Kernel_WithAMistake_IsRefusedWithTheCompilersWords()
    {
        using TemporaryFolder folder = new();
        Dictionary<string, string> wrong = new() { ["wrong.cu"] = "__global__ void wrong() { missing = 1; }" };
        Assert.That(
            () => Compiler(folder, wrong).Compile("wrong.cu", new ComputeCapability(8, 0)),
            Throws.TypeOf<CudaException>().With.Message.StartsWith("nvrtcCompileProgram failed")
                .And.Message.Contains("wrong.cu(1)").And.Message.Contains("missing")
                .And.Property(nameof(CudaException.Code)).EqualTo((int)NvrtcResult.Compilation));
    }

    /// <summary>Sixty-four loads before as many stores that may overwrite them do not fit in 32 registers.</summary>
    [Test]
    public void Kernel_WithTooFewRegisters_IsSeenToSpill([ValueSource(nameof(Architectures))] int architecture)
    {
        RequireCompilerFor(architecture);
        using TemporaryFolder folder = new();
        Dictionary<string, string> files = new()
        {
            ["crowded.cu"] = """
                extern "C" __global__ void crowded(const float* x, float* y)
                {
                    float values[64];
                    #pragma unroll
                    for (int i = 0; i < 64; i++) values[i] = x[i * 32 + threadIdx.x];
                    #pragma unroll
                    for (int i = 0; i < 64; i++) y[i * 32 + threadIdx.x] = values[63 - i];
                }
                """,
        };
        ComputeCapability device = new(architecture / 10, architecture % 10);
        KernelCompiler compiler = Compiler(folder, files);
        string few = compiler.Compile("crowded.cu", device, Verbose, "--maxrregcount=32").Log;
        string enough = compiler.Compile("crowded.cu", device, Verbose).Log;
        Assert.That(few.Split('\n').Where(SpeaksOfSpills), Is.Not.Empty, few);
        Assert.That(enough.Split('\n').Where(SpeaksOfSpills), Is.Empty);
    }

    /// <summary>
    /// Every kernel, for every architecture from Turing to Hopper, keeps its values in registers. Kernels that did not
    /// change since the last run are not compiled again.
    /// </summary>
    [Test]
    public void EmbeddedKernels_ForEveryArchitecture_CompileWithoutSpills(
        [ValueSource(nameof(EmbeddedNames))] string name, [ValueSource(nameof(Architectures))] int architecture)
    {
        NvrtcTranslator translator = RequireCompilerFor(architecture);
        KernelCache cache = new(Path.Combine(RepositoryFolder.Find(), "artifacts", "kernel-cache"));
        KernelImage image = new KernelCompiler(KernelSources.Embedded(), translator, cache).Compile(
            name, new ComputeCapability(architecture / 10, architecture % 10), Verbose);
        Assert.That(image.Log, Does.Contain("bytes spill stores"), "the log tells of spills");
        Assert.That(image.Log.Split('\n').Where(SpeaksOfSpills), Is.Empty);
    }

    private static NvrtcTranslator RequireCompilerFor(int architecture)
    {
        NvrtcTranslator translator = new();
        if (!translator.Architectures.Contains(architecture))
        {
            Assert.Ignore($"{translator.Version} does not know sm_{architecture}");
        }

        return translator;
    }

    private static bool SpeaksOfSpills(string line) =>
        line.Contains("spill", StringComparison.Ordinal)
        && !line.Contains(" 0 bytes spill stores, 0 bytes spill loads", StringComparison.Ordinal);

    private static KernelCompiler Compiler(TemporaryFolder folder, Dictionary<string, string> files) =>
        new(new KernelSources(files), new NvrtcTranslator(), new KernelCache(folder.FullName));
}
