using System.Runtime.CompilerServices;
using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Cuda.Native;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>Sizes and numbers that the C headers of cuDNN 8 and 9, cuBLAS 11 to 13 and CUDA 11 to 13 share.</summary>
public sealed class NativeLayoutTests
{
    [Test]
    public void Structures_HaveTheSizesOfTheirHeaders() => Assert.Multiple(() =>
    {
        Assert.That(Unsafe.SizeOf<CudnnAlgorithm>(), Is.EqualTo(48));
        Assert.That(Unsafe.SizeOf<MatmulAlgorithm>(), Is.EqualTo(64));
        Assert.That(Unsafe.SizeOf<MatmulHeuristic>(), Is.EqualTo(96));
        Assert.That(Unsafe.SizeOf<KernelArgument>(), Is.EqualTo(64));
    });

    [Test]
    public void KernelArgument_OfAnyType_BeginsWithItsBytes() => Assert.Multiple(() =>
    {
        Assert.That(((KernelArgument)(-1)).FirstWord(), Is.EqualTo(0xFFFF_FFFFUL));
        Assert.That(((KernelArgument)(-1L)).FirstWord(), Is.EqualTo(ulong.MaxValue));
        Assert.That(((KernelArgument)1f).FirstWord(), Is.EqualTo(0x3F80_0000UL));
        Assert.That(((KernelArgument)0x7F00_0000_0100UL).FirstWord(), Is.EqualTo(0x7F00_0000_0100UL));
    });

    [TestCase(91200, "9.12.0")]
    [TestCase(90100, "9.1.0")]
    [TestCase(8907, "8.9.7")]
    [TestCase(8200, "8.2.0")]
    public void CudnnVersion_OfItsNumber_IsItsName(long number, string name) =>
        Assert.That(LibraryVersions.Cudnn(number), Is.EqualTo(name));

    [Test]
    public void DriverVersion_OfItsNumber_IsItsName() =>
        Assert.That(DriverVersion.FromNumber(12080).ToString(), Is.EqualTo("12.8"));
}
