using DenseNetRaw.Cuda.Native;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

[Category("Cuda")]
[NonParallelizable]
public sealed class DriverTests
{
    [Test]
    public void Memory_CopiedThereAndBack_IsWhatItWas()
    {
        using TestDevice device = TestDevice.Open();
        using DeviceMemory memory = device.Upload(1, -2, 3.5f);
        using DeviceMemory copy = DeviceMemory.Allocate(device.Context, memory.Bytes);
        device.Stream.Copy(memory.Address, copy.Address, memory.Bytes);
        Assert.That(device.Download(copy), Is.EqualTo(new[] { 1, -2, 3.5f }));
        Assert.That(memory.Address % 256, Is.Zero);
    }

    [Test]
    public void Memory_Filled_HoldsTheWordOrTheByte()
    {
        using TestDevice device = TestDevice.Open();
        using DeviceMemory memory = device.Upload(1, 2, 3, 4);
        device.Stream.FillWords(BitConverter.SingleToUInt32Bits(7), memory.Address, 2);
        device.Stream.Fill(0, memory.Address + 8, 4);
        Assert.That(device.Download(memory), Is.EqualTo(new float[] { 7, 7, 0, 4 }));
    }

    [Test]
    public void Memory_BeyondTheDevices_IsRefusedWithBothNumbers()
    {
        using TestDevice device = TestDevice.Open();
        long bytes = 1L << 46;
        Assert.That(
            () => DeviceMemory.Allocate(device.Context, bytes),
            Throws.TypeOf<InsufficientMemoryException>().With.Message.Contains(device.Context.Device.Name)
                .And.Message.Contains($"{bytes} are needed"));
    }

    [Test]
    public void Call_WithANonsenseArgument_FailsByName()
    {
        using TestDevice device = TestDevice.Open();
        Assert.That(
            () => DeviceMemory.Allocate(device.Context, 0),
            Throws.TypeOf<CudaException>().With.Message.Contains("cuMemAlloc_v2 failed: CUDA_ERROR_INVALID_VALUE"));
    }

    [Test]
    public void Event_BetweenStreams_OrdersThem()
    {
        using TestDevice device = TestDevice.Open();
        using CudaStream second = CudaStream.Create(device.Context);
        using CudaEvent written = CudaEvent.Create(device.Context);
        using DeviceMemory memory = device.Upload(1);
        using PinnedMemory host = PinnedMemory.Allocate(device.Context, memory.Bytes);
        device.Stream.FillWords(BitConverter.SingleToUInt32Bits(2), memory.Address, 1);
        written.Record(device.Stream);
        second.WaitFor(written);
        second.CopyToHost(memory.Address, host.Pointer, memory.Bytes);
        second.Synchronize();
        Assert.That(host.AsSpan<float>()[0], Is.EqualTo(2));
        Assert.That(written.IsReached(), Is.True);
        Assert.That(second.IsIdle(), Is.True);
    }

    [Test]
    public void Events_ThatAreTimed_AreNotNegativeApart()
    {
        using TestDevice device = TestDevice.Open();
        using CudaEvent start = CudaEvent.Create(device.Context, isTimed: true);
        using CudaEvent end = CudaEvent.Create(device.Context, isTimed: true);
        using DeviceMemory memory = device.Upload(new float[1000]);
        start.Record(device.Stream);
        device.Stream.Fill(1, memory.Address, memory.Bytes);
        end.Record(device.Stream);
        end.Synchronize();
        Assert.That(end.MillisecondsSince(start), Is.Not.Negative);
    }

    [Test]
    public void Graph_OfACopy_RepeatsItWithNewValues()
    {
        using TestDevice device = TestDevice.Open();
        using DeviceMemory source = device.Upload(1, 2), target = device.Upload(0, 0);
        device.Stream.BeginCapture();
        device.Stream.Copy(source.Address, target.Address, source.Bytes);
        using CudaGraph graph = device.Stream.EndCapture(device.Context);
        Assert.That(device.Download(target), Is.EqualTo(new float[] { 0, 0 }), "capture does no work");
        using CudaGraphExecutable executable = graph.Instantiate(device.Context);
        executable.Upload(device.Stream);
        executable.Launch(device.Stream);
        Assert.That(device.Download(target), Is.EqualTo(new float[] { 1, 2 }));
        device.Stream.FillWords(0, source.Address, 1);
        executable.Launch(device.Stream);
        Assert.That(device.Download(target), Is.EqualTo(new float[] { 0, 2 }));
        Assert.That(graph.NodeCount(), Is.EqualTo(1));
    }

    [Test]
    public void Capture_InWhichTheHostWaits_IsSpoiled()
    {
        using TestDevice device = TestDevice.Open();
        device.Stream.BeginCapture();
        Assert.That(
            () => device.Stream.Synchronize(),
            Throws.TypeOf<CudaException>().With.Message.Contains("cuStreamSynchronize failed"));
        Assert.That(() => device.Stream.EndCapture(device.Context), Throws.TypeOf<CudaException>());
    }

    [Test]
    public void Memory_DisposedOfAfterItsContextAndOnAnotherThread_IsFreed()
    {
        TestDevice device = TestDevice.Open();
        DeviceMemory memory = device.Upload(1);
        device.Dispose();
        Thread other = new(memory.Dispose);
        other.Start();
        other.Join();
        Assert.That(memory.IsClosed, Is.True);
        using TestDevice again = TestDevice.Open();
        Assert.That(again.Context.FreeBytes(), Is.Positive);
    }
}
