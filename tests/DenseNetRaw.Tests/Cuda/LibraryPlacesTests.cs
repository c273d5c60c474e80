using DenseNetRaw.Cuda.Libraries;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

public sealed class LibraryPlacesTests
{
    [Test]
    public void Places_ForCublas_AreNamedFoldersThenLoaderThenToolkitThenPython()
    {
        using TemporaryFolder folder = new();
        string toolkit = folder.File("toolkit"), environment = folder.File("venv");
        string wheel = Path.Combine(environment, "lib", "python3.12", "site-packages", "nvidia", "cublas", "lib");
        Directory.CreateDirectory(Path.Combine(toolkit, "lib64"));
        Directory.CreateDirectory(wheel);
        LibraryPlaces places = new(Variables(
            ("DENSENET_CUDA_LIBRARIES", $"/first{Path.PathSeparator}/second"),
            ("CUDA_HOME", toolkit),
            ("VIRTUAL_ENV", environment)));
        string?[] folders = [.. places.For(CudaLibrary.Cublas).Select(p => p.Folder)];
        Assume.That(OperatingSystem.IsWindows(), Is.False, "wheels lie elsewhere on Windows");
        Assert.Multiple(() =>
        {
            Assert.That(folders[..3], Is.EqualTo(new[] { "/first", "/second", null }));
            Assert.That(folders[3], Is.EqualTo(Path.Combine(toolkit, "lib64")));
            Assert.That(folders[4..], Does.Contain(wheel));
        });
    }

    [Test]
    public void Places_ForTheDriver_AreNeverThoseOfToolkits()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("lib64"));
        LibraryPlaces places = new(Variables(("CUDA_HOME", folder.FullName)));
        Assert.That(
            places.For(CudaLibrary.Driver).Select(p => p.Folder), Has.None.StartsWith(folder.FullName));
    }

    [Test]
    public void PythonFolders_OfAnInterpreterBehindALink_AreThoseOfBothPrefixes()
    {
        Assume.That(OperatingSystem.IsWindows(), Is.False, "prefixes look different on Windows");
        using TemporaryFolder folder = new();
        string own = Packages(folder, "venv"), shared = Packages(folder, "python");
        string interpreter = folder.File("python/bin/python3");
        Directory.CreateDirectory(Path.GetDirectoryName(interpreter)!);
        Directory.CreateDirectory(folder.File("venv/bin"));
        File.WriteAllText(interpreter, string.Empty);
        File.CreateSymbolicLink(folder.File("venv/bin/python3"), interpreter);
        PythonPackages packages = new(Variables(("PATH", folder.File("venv/bin"))));
        Assert.That(packages.LibraryFolders().Take(2), Is.EqualTo(new[] { own, shared }));
    }

    [Test]
    public void PythonFolders_OfACondaEnvironment_BeginWithItsOwnLibraries()
    {
        Assume.That(OperatingSystem.IsWindows(), Is.False, "prefixes look different on Windows");
        using TemporaryFolder folder = new();
        string wheels = Packages(folder, "conda");
        Directory.CreateDirectory(folder.File("conda/conda-meta"));
        PythonPackages packages = new(Variables(("CONDA_PREFIX", folder.File("conda"))));
        Assert.That(packages.LibraryFolders().Take(2), Is.EqualTo(new[] { folder.File("conda/lib"), wheels }));
    }

    private static string Packages(TemporaryFolder folder, string prefix) => Directory.CreateDirectory(
        folder.File($"{prefix}/lib/python3.11/site-packages/nvidia/cu13/lib")).FullName;

    private static Func<string, string?> Variables(params (string Name, string Value)[] variables) =>
        name => variables.FirstOrDefault(v => v.Name == name).Value;
}
