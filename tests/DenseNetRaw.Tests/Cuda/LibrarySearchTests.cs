using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Libraries;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

public sealed class LibrarySearchTests
{
    private const string AnyFunction = "int answer() { return 42; }";

    [Test]
    public void Cudnn_InVersionsEightAndNine_IsNine()
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(folder.File("libcudnn.so.8"), AnyFunction);
        StandIn.Compile(folder.File("libcudnn.so.9"), AnyFunction);
        AssertFinds(folder.File("libcudnn.so.9"), Search(folder.FullName).Find(CudaLibrary.Cudnn, null));
    }

    [Test]
    public void Cudnn_InVersionEightOnly_IsEight()
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(folder.File("libcudnn.so.8"), AnyFunction);
        AssertFinds(folder.File("libcudnn.so.8"), Search(folder.FullName).Find(CudaLibrary.Cudnn, null));
    }

    [Test]
    public void Library_InTwoFolders_IsThatOfTheFirstEvenIfOlder()
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(folder.File("a/libcublas.so.11"), AnyFunction);
        StandIn.Compile(folder.File("b/libcublas.so.12"), AnyFunction);
        AssertFinds(
            folder.File("a/libcublas.so.11"),
            Search(folder.File("a"), folder.File("b")).Find(CudaLibrary.Cublas, null));
    }

    [Test]
    public void Library_NewerThanTheDriver_IsPassedOver()
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(folder.File("libnvrtc.so.13"), AnyFunction);
        StandIn.Compile(folder.File("libnvrtc.so.12"), AnyFunction);
        LibraryResolution found = Search(folder.FullName).Find(CudaLibrary.Nvrtc, newestCuda: 12);
        AssertFinds(folder.File("libnvrtc.so.12"), found);
        Assert.That(found.Attempts, Has.One.Contains("needs a driver for CUDA 13, this one runs CUDA 12"));
    }

    [Test]
    public void Library_WhoseFileIsNone_IsReportedWithItsPath()
    {
        Assume.That(OperatingSystem.IsLinux(), "the file's name is Linux's");
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("libcudnn.so.9"), "not a library");
        LibraryResolution found = Search(folder.FullName).Find(CudaLibrary.Cudnn, null);
        // As if nothing came later, where this machine has a cuDNN.
        Assert.That(
            new LibraryResolution(CudaLibrary.Cudnn, 0, null, found.Attempts).WhyMissing,
            Does.Contain(folder.File("libcudnn.so.9")).And.Contain("cannot be loaded").And.Contain("pip install"));
    }

    [Test]
    public void Cudnn_WhosePartsTheLoaderDoesNotKnow_IsLoadedAfterThem()
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(
            folder.File("libcudnn_ops.so.9"), "int stand_in_part() { return 7; }", "-Wl,-soname,libcudnn_ops.so.9");
        StandIn.Compile(
            folder.File("libcudnn.so.9"), "int stand_in_part(); int stand_in_whole() { return stand_in_part(); }",
            folder.File("libcudnn_ops.so.9"));
        AssertFinds(folder.File("libcudnn.so.9"), Search(folder.FullName).Find(CudaLibrary.Cudnn, null));
    }

    [Test]
    public void Driver_ThatIsNotThere_NamesTheLibraryAndTheRemedy() =>
        Assert.That(
            new LibraryResolution(CudaLibrary.Driver, 0, null, []).WhyMissing,
            Does.Contain("NVIDIA driver was not found").And.Contain("install NVIDIA's driver"));

    private static LibrarySearch Search(params IEnumerable<string> folders) => new(new LibraryPlaces(
        name => name == LibraryPlaces.Variable ? string.Join(Path.PathSeparator, folders) : null));

    private static void AssertFinds(string file, LibraryResolution found)
    {
        Assert.That(found.FilePath, Is.EqualTo(file));
        NativeLibrary.Free(found.Handle);
    }
}
