using DenseNetRaw.Cuda.Kernels;
using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Cuda.Native;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>
/// The whole way of a kernel: from its source through compiler and driver to a launch, plain and in a graph.
/// </summary>
[Category("Cuda")]
[NonParallelizable]
public sealed class LaunchTests
{
    // kernels/layout.cu: fill_f32(float value, Extent extent, Slice<f32> y) fills channels of pixels.
    private const string Source = "layout.cu", Kernel = "fill_f32";

    [Test]
    public void Kernel_WithNumbersAndStructures_GetsThemAll()
    {
        using TestDevice device = Open();
        using TemporaryFolder folder = new();
        using CudaModule module = Load(device, folder);
        using DeviceMemory y = device.Upload(0, 0, 0, 0, 0, 0);
        Fill(module, device, 2.5f, y);
        Assert.That(device.Download(y), Is.EqualTo(new[] { 2.5f, 2.5f, 0, 2.5f, 2.5f, 0 }));
    }

    [Test]
    public void Kernel_InAGraph_RunsWhenTheGraphDoes()
    {
        using TestDevice device = Open();
        using TemporaryFolder folder = new();
        using CudaModule module = Load(device, folder);
        using DeviceMemory y = device.Upload(0, 0, 0, 0, 0, 0);
        device.Stream.BeginCapture();
        Fill(module, device, 1, y);
        using CudaGraph graph = device.Stream.EndCapture(device.Context);
        using CudaGraphExecutable executable = graph.Instantiate(device.Context);
        Assert.That(device.Download(y), Is.All.Zero);
        executable.Launch(device.Stream);
        Assert.That(device.Download(y), Is.EqualTo(new float[] { 1, 1, 0, 1, 1, 0 }));
    }

    [Test]
    public void Launch_OfAnImpossibleBlock_FailsWithTheKernelsName()
    {
        using TestDevice device = Open();
        using TemporaryFolder folder = new();
        using CudaModule module = Load(device, folder);
        using DeviceMemory y = device.Upload(0, 0, 0);
        CudaFunction fill = module.Function(Kernel);
        Assert.That(
            () => fill.Launch(
                device.Stream, 1, 4096, 0, 1f, KernelArgument.Of(new Extent(1, 2)),
                KernelArgument.Of(new Slice(y.Address, 3))),
            Throws.TypeOf<CudaException>().With.Message.Contains("cuLaunchKernel failed")
                .And.Message.Contains("kernel fill_f32, grid (1, 1, 1), block (4096, 1, 1)"));
    }

    [Test]
    public void Module_WithoutTheKernel_NamesIt()
    {
        using TestDevice device = Open();
        using TemporaryFolder folder = new();
        using CudaModule module = Load(device, folder);
        Assert.That(
            () => module.Function("no_such_kernel"),
            Throws.TypeOf<CudaException>().With.Message.Contains("cuModuleGetFunction failed")
                .And.Message.Contains("no_such_kernel"));
    }

    [Test]
    public void Module_OfNonsense_IsRefused()
    {
        using TestDevice device = TestDevice.Open();
        Assert.That(
            () => CudaModule.Load(device.Context, "neither PTX nor a cubin"u8).Dispose(),
            Throws.TypeOf<CudaException>().With.Message.Contains("cuModuleLoadDataEx failed"));
    }

    private static TestDevice Open()
    {
        if (!KernelSources.Embedded().Names.Contains(Source))
        {
            Assert.Ignore($"there is no kernels/{Source}");
        }

        return KernelSources.Embedded().HasPtx ? TestDevice.Open() : TestDevice.Open(CudaLibrary.Nvrtc);
    }

    private static CudaModule Load(TestDevice device, TemporaryFolder folder)
    {
        KernelCompiler compiler = new(
            KernelSources.Embedded(),
            CudaLibraries.Of(CudaLibrary.Nvrtc).IsFound ? new NvrtcTranslator() : null,
            new KernelCache(folder.FullName));
        return CudaModule.Load(
            device.Context, compiler.Compile(Source, device.Context.Device.ComputeCapability).Bytes);
    }

    /// <summary>Fills two of three channels of every pixel.</summary>
    private static void Fill(CudaModule module, TestDevice device, float value, DeviceMemory y) =>
        module.Function(Kernel).Launch(
            device.Stream, 2, new Extent3(4, 8), 0, value,
            KernelArgument.Of(new Extent(y.Bytes / sizeof(float) / 3, 2)),
            KernelArgument.Of(new Slice(y.Address, 3)));

    private readonly record struct Extent(long Pixels, int Channels);

    private readonly record struct Slice(ulong First, int Pitch);
}
