using System.Text;
using DenseNetRaw.Cuda.Kernels;
using DenseNetRaw.Cuda.Native;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

public sealed class KernelCompilerTests
{
    private static readonly ComputeCapability Hopper = new(9, 0);

    private static readonly Dictionary<string, string> Files =
        new() { ["scale.cu"] = "kernel", ["b.cuh"] = "second", ["a.cuh"] = "first" };

    [Test]
    public void Kernel_CompiledBefore_ComesFromTheCacheOfAnotherCompiler()
    {
        using TemporaryFolder folder = new();
        FakeTranslator translator = new();
        KernelImage first = Compiler(folder, translator).Compile("scale.cu", Hopper);
        KernelImage second = Compiler(folder, translator).Compile("scale.cu", Hopper);
        Assert.Multiple(() =>
        {
            Assert.That(first.Origin, Is.EqualTo(KernelOrigin.Compiled));
            Assert.That(second.Origin, Is.EqualTo(KernelOrigin.Cache));
            Assert.That(second.Bytes, Is.EqualTo(first.Bytes));
            Assert.That(second.Log, Is.EqualTo(first.Log));
            Assert.That(translator.Calls, Is.EqualTo(1));
            Assert.That(
                Encoding.UTF8.GetString(first.Bytes),
                Is.EqualTo("scale.cu|kernel|first|second|--gpu-architecture=sm_90|--std=c++17"));
        });
    }

    [Test]
    public void Kernel_WithAnyOtherInput_IsCompiledAgain()
    {
        using TemporaryFolder folder = new();
        FakeTranslator translator = new();
        Compiler(folder, translator).Compile("scale.cu", Hopper);
        Compiler(folder, translator).Compile("scale.cu", new ComputeCapability(8, 0));
        Compiler(folder, translator).Compile("scale.cu", Hopper, "-DWIDE=1");
        Compiler(folder, translator, new(Files) { ["scale.cu"] = "changed" }).Compile("scale.cu", Hopper);
        Compiler(folder, translator, new(Files) { ["a.cuh"] = "changed" }).Compile("scale.cu", Hopper);
        Assert.That(translator.Calls, Is.EqualTo(5));
        FakeTranslator newer = new() { Identity = "Fake 1.1 in memory" };
        Assert.That(Compiler(folder, newer).Compile("scale.cu", Hopper).Origin, Is.EqualTo(KernelOrigin.Compiled));
    }

    [TestCase(0)]
    [TestCase(20)]
    [TestCase(40)]
    public void Kernel_WhoseCachedFileIsDamaged_IsCompiledAgainAndKept(int keptBytes)
    {
        using TemporaryFolder folder = new();
        FakeTranslator translator = new();
        Compiler(folder, translator).Compile("scale.cu", Hopper);
        string file = Directory.EnumerateFiles(folder.FullName).Single();
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..keptBytes]);
        KernelImage again = Compiler(folder, translator).Compile("scale.cu", Hopper);
        KernelImage kept = Compiler(folder, translator).Compile("scale.cu", Hopper);
        Assert.Multiple(() =>
        {
            Assert.That(again.Origin, Is.EqualTo(KernelOrigin.Compiled));
            Assert.That(kept.Origin, Is.EqualTo(KernelOrigin.Cache));
            Assert.That(Directory.EnumerateFiles(folder.FullName).Count(), Is.EqualTo(1), "nothing stays beside it");
        });
    }

    [Test]
    public void Kernel_WhoseCacheCannotBeWritten_IsCompiledEveryTime()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("file"), string.Empty);
        KernelCompiler compiler = new(
            new KernelSources(Files), new FakeTranslator(), new KernelCache(folder.File("file/below")));
        Assert.That(compiler.Compile("scale.cu", Hopper).Origin, Is.EqualTo(KernelOrigin.Compiled));
    }

    [Test]
    public void Kernel_ForADeviceNewerThanTheCompiler_IsPtxOfTheNewestThatItKnows()
    {
        using TemporaryFolder folder = new();
        KernelImage image = Compiler(folder, new FakeTranslator()).Compile("scale.cu", new ComputeCapability(12, 0));
        Assert.That(Encoding.UTF8.GetString(image.Bytes), Does.Contain("--gpu-architecture=compute_90"));
    }

    [Test]
    public void Kernel_ForADeviceOlderThanTheCompilerKnows_IsRefused()
    {
        using TemporaryFolder folder = new();
        Assert.That(
            () => Compiler(folder, new FakeTranslator()).Compile("scale.cu", new ComputeCapability(6, 1)),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("7.5 and newer").And.Message.Contains("6.1"));
    }

    [Test]
    public void Kernel_WithoutACompiler_IsTheNewestEmbeddedPtxThatTheDeviceRuns()
    {
        using TemporaryFolder folder = new();
        string made = KernelSources.FingerprintComment + new KernelSources(Files).Fingerprint("scale.cu") + "\n";
        Dictionary<string, string> files = new(Files)
        {
            ["scale.compute_75.ptx"] = made + "75",
            ["scale.compute_80.ptx"] = made + "80",
            ["scale.compute_100.ptx"] = made + "100",
            ["scale_more.compute_90.ptx"] = made + "another",
        };
        KernelImage image = Compiler(folder, null, files).Compile("scale.cu", Hopper);
        Assert.That(image.Origin, Is.EqualTo(KernelOrigin.Embedded));
        Assert.That(Encoding.UTF8.GetString(image.Bytes), Is.EqualTo(made + "80"));
    }

    [Test]
    public void Kernel_WhoseEmbeddedPtxIsOfAnOlderSource_IsRefused()
    {
        using TemporaryFolder folder = new();
        Dictionary<string, string> files = new(Files)
        {
            ["scale.compute_75.ptx"] = KernelSources.FingerprintComment + new string('0', 64),
        };
        Assert.That(
            () => Compiler(folder, null, files).Compile("scale.cu", Hopper),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("scale.cu cannot be compiled"));
    }

    [Test]
    public void Source_ThatDoesNotExist_IsRefusedWithTheNamesThatDo() =>
        Assert.That(
            () => new KernelSources(Files)["other.cu"],
            Throws.ArgumentException.With.Message.Contains("other.cu").And.Message.Contains("scale.cu"));

    [Test]
    public void CacheFolder_IsTheNamedOneElseTheSystems()
    {
        Assume.That(OperatingSystem.IsLinux(), "the system's folder is Linux's");
        Assert.Multiple(() =>
        {
            Assert.That(Folder(("DENSENET_KERNEL_CACHE", "/named"), ("HOME", "/home/a")), Is.EqualTo("/named"));
            Assert.That(
                Folder(("XDG_CACHE_HOME", "/xdg"), ("HOME", "/home/a")), Is.EqualTo("/xdg/densenet/kernels"));
            Assert.That(Folder(("HOME", "/home/a")), Is.EqualTo("/home/a/.cache/densenet/kernels"));
        });
    }

    private static string Folder(params (string Name, string Value)[] variables) =>
        KernelCache.Default(name => variables.FirstOrDefault(v => v.Name == name).Value).Folder;

    private static KernelCompiler Compiler(
        TemporaryFolder folder, FakeTranslator? translator, Dictionary<string, string>? files = null) =>
        new(new KernelSources(files ?? Files), translator, new KernelCache(folder.FullName));
}
