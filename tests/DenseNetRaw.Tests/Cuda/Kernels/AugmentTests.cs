using System.Runtime.InteropServices;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Data;
using DenseNetRaw.Tests.Data;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda.Kernels;

/// <summary>Crop, flip and normalisation on the device against the batch loader's.</summary>
public sealed class AugmentTests
{
    private const int Count = 40;
    private const int Epoch = 3;
    private const ulong Seed = 0x1234_5678_9ABC;

    [Test]
    public void Augment_OfABatch_IsTheBatchLoadersToTheBit([Values] Augmentation augmentation)
    {
        ImageDataset dataset = TestImages.Create(Count, height: 9, width: 7);
        float[] expected = BatchOf(dataset, augmentation);
        Assert.That(Augment(dataset, augmentation), Is.EqualTo(expected));
        Assert.That(
            Augment(dataset, augmentation, StorageRole.Feature),
            Is.EqualTo(expected).Using<float>((a, b) => Math.Abs(a - b) <= Math.Abs(b) / 256));
    }

    private static float[] BatchOf(ImageDataset dataset, Augmentation augmentation)
    {
        BatchOptions options = new() { BatchSize = Count, Seed = Seed, Augmentation = augmentation };
        using BatchLoader loader = new(dataset, options);
        loader.StartEpoch(Epoch);
        Assert.That(loader.TryNext(out Batch? batch));
        return [.. batch!.Pixels];
    }

    private static float[] Augment(ImageDataset dataset, Augmentation augmentation, params StorageRole[] halves)
    {
        Emulation emulation = Emulation.Require();
        using KernelBackend kernels = new(emulation, halves) { Step = new StepState(Seed, Epoch, 0) };
        using DriverMemory images = DriverMemory.Of(emulation, dataset.Pixels);
        using DriverMemory indices = DriverMemory.Of(
            emulation, [.. Enumerable.Range(0, Count).SelectMany(KernelBackend.Bytes)]);
        using DriverMemory table = DriverMemory.Of(
            emulation, MemoryMarshal.AsBytes<float>(dataset.Normalization.Table()).ToArray());
        using KernelSandbox sandbox = new(kernels, channelsBefore: 2);
        Tensor y = sandbox.NewFeatures(new Shape(Count, ImageDataset.Channels, dataset.Height, dataset.Width));
        byte[] batch =
        [
            .. KernelBackend.Bytes(images.Address), .. KernelBackend.Bytes(indices.Address),
            .. KernelBackend.Bytes(Count), .. KernelBackend.Bytes(dataset.Height),
            .. KernelBackend.Bytes(dataset.Width),
        ];
        kernels.Augment(batch, table.Address, augmentation == Augmentation.Standard, RandomStreams.Augmentation, y);
        float[] pixels = new float[y.Shape.Count];
        kernels.Download(y, pixels);
        return pixels;
    }
}
