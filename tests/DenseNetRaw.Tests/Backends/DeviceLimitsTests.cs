using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cuda;
using DenseNetRaw.Tests.Cuda;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Backends;

public sealed class DeviceLimitsTests
{
    [Test]
    public void Milliseconds_OfWork_AreThoseOfTheScarcerResource()
    {
        DeviceLimits limits = new(GigaflopsPerSecond: 1000, GigabytesPerSecond: 50);
        Assert.That(limits.Milliseconds(flops: 2e9, bytes: 1e6), Is.EqualTo(2).Within(1e-12));
        Assert.That(limits.Milliseconds(flops: 2e6, bytes: 1e8), Is.EqualTo(2).Within(1e-12));
    }

    [TestCase(16)]
    [TestCase(8)]
    [TestCase(4)]
    public void CpuBackend_OfAnyWidth_HasLimits(int lanes)
    {
        if (lanes > CpuBackend.WidestLanes)
            Assert.Ignore($"this processor has no vectors of {lanes}");
        using CpuBackend cpu = new(threads: 2, lanes);
        AssertPositive(cpu.MeasureLimits());
    }

    [Test]
    public void CudaBackend_OfAnyPrecision_HasLimits([Values] CudaPrecision precision)
    {
        using CudaBackend cuda = TestBackend.New(precision);
        AssertPositive(cuda.MeasureLimits());
    }

    [Test]
    public void ReferenceBackend_IsNotFast_AndHasNone()
    {
        using ReferenceBackend reference = new();
        Assert.That(reference.MeasureLimits(), Is.Null);
    }

    private static void AssertPositive(DeviceLimits limits)
    {
        Assert.That(limits.GigaflopsPerSecond, Is.Positive);
        Assert.That(limits.GigabytesPerSecond, Is.Positive);
    }
}
