using System.Runtime.InteropServices;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda;
using DenseNetRaw.Cuda.Execution;
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
        Assert.That(Augment(dataset, augmentation, ElementType.F32), Is.EqualTo(expected));
        Assert.That(
            Augment(dataset, augmentation, ElementType.Bf16),
            Is.EqualTo(expected).Using<float>((a, b) => Math.Abs(a - b) <= Math.Abs(b) / 256));
    }

    private static float[] BatchOf(ImageDataset dataset, Augmentation augmentation)
    {
        using BatchLoader loader = NewLoader(dataset, augmentation, isRaw: false);
        Assert.That(loader.TryNext(out Batch? batch));
        return [.. batch!.Pixels];
    }

    private static float[] Augment(ImageDataset dataset, Augmentation augmentation, ElementType type)
    {
        using CudaBackend cuda = TestBackend.New(type, type);
        cuda.Step = new StepState(Seed, 1, 0);
        using BatchLoader loader = NewLoader(dataset, augmentation, isRaw: true);
        Assert.That(loader.TryNext(out Batch? batch));
        using KernelSandbox sandbox = new(cuda, channelsBefore: 2);
        Tensor y = sandbox.NewFeatures(new Shape(Count, ImageDataset.Channels, dataset.Height, dataset.Width));
        using DeviceMemory memory = cuda.Allocate(Count * sizeof(int));
        Storage labels = new("labels", new Shape(Count, 1, 1, 1), StorageRole.Labels) { Address = memory.Address };
        cuda.Take(batch!, y, Tensor.Of(labels));
        float[] pixels = new float[y.Shape.Count];
        cuda.Download(y, pixels);
        byte[] taken = cuda.Bytes(memory.Address, memory.Bytes);
        Assert.That(MemoryMarshal.Cast<byte, int>(taken).ToArray(), Is.EqualTo(batch!.Labels));
        return pixels;
    }

    private static BatchLoader NewLoader(ImageDataset dataset, Augmentation augmentation, bool isRaw)
    {
        BatchLoader loader = new(
            dataset,
            new BatchOptions
            {
                BatchSize = Count,
                Seed = Seed,
                Shuffle = true,
                Augmentation = augmentation,
                IsRaw = isRaw,
            });
        loader.StartEpoch(Epoch);
        return loader;
    }
}
