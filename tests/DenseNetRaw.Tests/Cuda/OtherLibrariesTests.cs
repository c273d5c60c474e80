using System.Text.Json;
using DenseNetRaw.Cuda.Kernels;
using DenseNetRaw.Tests.Cli;
using DenseNetRaw.Tests.Cuda.Kernels;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>Training in a process of its own, because a process looks for CUDA's libraries once.</summary>
public sealed class OtherLibrariesTests
{
    private static readonly string[] Emulated =
        ["libcuda.so.1", "libkernels.so", "libcublas.so.13", "libcublasLt.so.13", "libcudnn.so.9"];

    [Test]
    public void Train_WithCudnnEight_LeavesTheWeightsOfNine()
    {
        TestBackend.RequireEmulation();
        using TemporaryFolder folder = new();
        string eight = string.Join(
            Path.PathSeparator, Path.Combine(Emulation.Folder, "cudnn8"), Emulation.Folder);
        Assert.That(Version(eight, "cuDNN"), Is.EqualTo("8.9.7"));
        Assert.That(Version(Emulation.Folder, "cuDNN"), Is.EqualTo("9.12.0"));
        Assert.That(Train(folder, "eight", eight), Is.EqualTo(Train(folder, "nine", Emulation.Folder)));
    }

    [Test]
    public void Train_WithoutACompiler_RunsTheEmbeddedPtx()
    {
        TestBackend.RequireEmulation();
        if (!KernelSources.Embedded().HasPtx)
        {
            Assert.Ignore("the build found no compiler of kernels, and so no PTX is embedded");
        }

        using TemporaryFolder folder = new();
        string libraries = Directory.CreateDirectory(folder.File("libraries")).FullName;
        foreach (string name in Emulated)
        {
            File.CreateSymbolicLink(Path.Combine(libraries, name), Path.Combine(Emulation.Folder, name));
        }

        if (Version(libraries, "NVRTC") is { } installed)
        {
            Assert.Ignore($"NVRTC {installed} is installed, and would be found in any case");
        }

        Assert.That(Train(folder, "embedded", libraries), Is.EqualTo(Train(folder, "compiled", Emulation.Folder)));
    }

    /// <summary>The weights after three steps.</summary>
    private static byte[] Train(TemporaryFolder folder, string name, string libraries)
    {
        string run = folder.File(name);
        CommandRun.InAProcess(
            libraries, "train", "--model", "densenet-bc-10-2", "--device", "cuda", "--workspace", "2MiB",
            "--deterministic", "--data", TinyCifar.Write(folder.File("data")), "--batch-size", "8", "--epochs", "1",
            "--output-dir", run).AssertSucceeds();
        return File.ReadAllBytes(Path.Combine(run, "model.safetensors"));
    }

    private static string? Version(string libraries, string name)
    {
        CommandRun run = CommandRun.InAProcess(libraries, "devices", "--json");
        run.AssertSucceeds();
        return JsonDocument.Parse(run.Output).RootElement.GetProperty("cudaLibraries").EnumerateArray()
            .Single(library => library.GetProperty("name").GetString() == name)
            .GetProperty("version").GetString();
    }
}
