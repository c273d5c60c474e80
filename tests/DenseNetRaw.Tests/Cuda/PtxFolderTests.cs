using DenseNetRaw.Cuda.Execution;
using DenseNetRaw.Cuda.Kernels;
using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Cuda.Native;
using DenseNetRaw.Tests.Cli;
using DenseNetRaw.Tests.Cuda.Kernels;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>PTX for a build to embed, and kernels that come from it where there is no compiler.</summary>
[NonParallelizable]
public sealed class PtxFolderTests
{
    private static readonly Dictionary<string, string> Files =
        new() { ["scale.cu"] = ".entry scale", ["sum.cu"] = ".entry sum", ["a.cuh"] = "header" };

    [Test]
    public void Folder_Written_IsCurrentUntilAnythingChanges()
    {
        using TemporaryFolder folder = new();
        PtxFolder ptx = new(folder.File("ptx"));
        KernelSources sources = new(Files);
        Assert.That(ptx.IsCurrent(sources), Is.False);
        Assert.That(ptx.Write(sources, new FakeTranslator()), Is.EqualTo(4));
        Assert.That(ptx.IsCurrent(sources), Is.True);
        Assert.That(
            File.ReadAllLines(folder.File("ptx/scale.compute_75.ptx")),
            Is.EqualTo(new[]
            {
                $"// made of {sources.Fingerprint("scale.cu")}",
                "scale.cu|.entry scale|header|--gpu-architecture=compute_75|--std=c++17",
            }));
        Assert.That(ptx.IsCurrent(new(new Dictionary<string, string>(Files) { ["a.cuh"] = "other" })), Is.False);
        Assert.That(ptx.IsCurrent(new(new Dictionary<string, string>(Files) { ["new.cu"] = "more" })), Is.False);
        File.Delete(folder.File("ptx/sum.compute_80.ptx"));
        Assert.That(ptx.IsCurrent(sources), Is.False);
    }

    [Test]
    public void Folder_WithPtxOfAKernelThatIsGone_LosesIt()
    {
        using TemporaryFolder folder = new();
        PtxFolder ptx = new(folder.FullName);
        File.WriteAllText(folder.File("gone.compute_75.ptx"), "old");
        ptx.Write(new KernelSources(Files), new FakeTranslator());
        Assert.That(File.Exists(folder.File("gone.compute_75.ptx")), Is.False);
        Assert.That(ptx.IsCurrent(new KernelSources(Files)), Is.True);
    }

    [Test]
    public void Folder_OfACompilerThatMakesNoPtx_IsLeftAlone()
    {
        using TemporaryFolder folder = new();
        KernelSources sources = new(new Dictionary<string, string> { ["scale.cu"] = "nothing to enter" });
        Assert.That(
            () => new PtxFolder(folder.FullName).Write(sources, new FakeTranslator()),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("made no PTX of scale.cu"));
        Assert.That(Directory.GetFiles(folder.FullName), Is.Empty);
    }

    [Test]
    public void Kernel_OfPtxMadeByTheCommand_RunsWithoutACompiler()
    {
        TestBackend.Require();
        RequireNvrtc();
        using TemporaryFolder cache = new();
        string folder = Path.Combine(RepositoryFolder.Find(), "artifacts", "ptx"); // where build.sh has it made
        CommandRun.Of("kernels", "--ptx", folder).AssertSucceeds();
        CommandRun again = CommandRun.Of("kernels", "--ptx", folder);
        Assert.That(again.Output, Is.Empty, "nothing changed");
        KernelSources sources = WithPtx(KernelSources.Embedded(), folder);
        Assert.That(sources.HasPtx, Is.True);
        KernelCompiler compiler = new(sources, translator: null, new KernelCache(cache.FullName));
        using TestDevice device = TestDevice.Open();
        using KernelLibrary kernels = new(device.Context, compiler);
        using DeviceMemory y = device.Upload(0, 0, 0, 0);
        kernels.Find("layout", "fill", ElementType.F32).Launch(
            device.Stream, 1, new Extent3(4, 8), 0, 2.5f, new Extent(4, 1), new Slice(y.Address, 1));
        Assert.That(device.Download(y), Is.All.EqualTo(2.5f));
        Assert.That(
            compiler.Compile("layout.cu", device.Context.Device.ComputeCapability).Origin,
            Is.EqualTo(KernelOrigin.Embedded));
    }

    private static KernelSources WithPtx(KernelSources sources, string folder)
    {
        Dictionary<string, string> files = new(sources.Headers);
        foreach (string name in sources.Names)
        {
            files[name] = sources[name];
        }

        foreach (string file in Directory.GetFiles(folder))
        {
            files[Path.GetFileName(file)] = File.ReadAllText(file);
        }

        return new KernelSources(files);
    }

    private static void RequireNvrtc()
    {
        LibraryResolution nvrtc = CudaLibraries.Of(CudaLibrary.Nvrtc);
        if (!nvrtc.IsFound || nvrtc.FilePath == Path.Combine(Emulation.Folder, "libnvrtc.so.13"))
        {
            Assert.Ignore("there is no NVRTC that compiles");
        }
    }
}
