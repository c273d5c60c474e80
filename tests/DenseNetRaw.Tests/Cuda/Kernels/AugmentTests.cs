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
        BatchOptions options = new() { BatchSize = Count, Seed = Seed, Augmentation = augmentation };
        using BatchLoader loader = new(dataset, options);
        loader.StartEpoch(Epoch);
        Assert.That(loader.TryNext(out Batch? batch));
        return [.. batch!.Pixels];
    }

    private static float[] Augment(ImageDataset dataset, Augmentation augmentation, ElementType type)
    {
        using CudaBackend cuda = TestBackend.New(type, type);
        cuda.Step = new StepState(Seed, Epoch, 0);
        using DeviceMemory images = cuda.Put<byte>(dataset.Pixels);
        using DeviceMemory indices = cuda.Put<int>([.. Enumerable.Range(0, Count)]);
        using DeviceMemory table = cuda.Put<float>(dataset.Normalization.Table());
        using KernelSandbox sandbox = new(cuda, channelsBefore: 2);
        Tensor y = sandbox.NewFeatures(new Shape(Count, ImageDataset.Channels, dataset.Height, dataset.Width));
        Images batch = new((ulong)images.Address, (ulong)indices.Address, Count, dataset.Height, dataset.Width);
        cuda.Augment(
            batch, (ulong)table.Address, augmentation == Augmentation.Standard, RandomStreams.Augmentation, y);
        float[] pixels = new float[y.Shape.Count];
        cuda.Download(y, pixels);
        return pixels;
    }
}
