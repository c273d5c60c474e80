using DenseNetRaw.Data;
using DenseNetRaw.RandomNumbers;
using DenseNetRaw.Serialization;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Data;

public class BatchLoaderTests
{
    [Test]
    public void TryNext_InTheOrderOfTheDataSet_GivesNormalizedImagesAndThePartialLastBatch()
    {
        ImageDataset images = TestImages.Create(count: 11, height: 2, width: 3);
        Normalization normalization = new([0.4f, 0.5f, 0.6f], [0.2f, 0.3f, 0.7f]);
        using BatchLoader loader = new(images, new() { BatchSize = 4, Normalization = normalization });

        List<(float[] Pixels, int[] Labels)> batches = ReadEpoch(loader, 0, imageSize: 18);

        Assert.That(loader.BatchesPerEpoch, Is.EqualTo(3));
        Assert.That(string.Join(' ', batches.Select(batch => batch.Labels.Length)), Is.EqualTo("4 4 3"));
        IEnumerable<int> labels = batches.SelectMany(batch => batch.Labels);
        Assert.That(labels, Is.EqualTo(Enumerable.Range(0, 11).Select(images.Label)));
        float[] pixels = [.. batches.SelectMany(batch => batch.Pixels)];
        for (int i = 0; i < pixels.Length; i++)
        {
            int channel = i / 6 % 3;
            byte raw = images.Image(i / 18)[i % 18];
            float expected = ((raw / 255f) - normalization.Mean[channel]) / normalization.StandardDeviation[channel];
            Assert.That(pixels[i], Is.EqualTo(expected));
        }
    }

    [Test]
    public void TryNext_WithShuffling_GivesEveryImageOnceInAnOrderOfSeedAndEpoch()
    {
        ImageDataset images = TestImages.Create(count: 101, height: 1, width: 1);
        Prop.ForAll<ulong, ushort>((seed, epoch) =>
        {
            int[] order = OrderOf(images, seed, epoch);
            return order.Order().SequenceEqual(Enumerable.Range(0, 101))
                && order.SequenceEqual(OrderOf(images, seed, epoch))
                && !order.SequenceEqual(OrderOf(images, seed, epoch + 1))
                && !order.SequenceEqual(OrderOf(images, seed + 1, epoch));
        }).CheckRepeatably();
    }

    [Test]
    public void StartEpoch_AfterSomeBatches_MakesTheOthersAlone()
    {
        ImageDataset images = TestImages.Create(count: 29, height: 2, width: 2);
        List<int> made = [];
        using BatchLoader loader = new(images, new() { BatchSize = 4, Shuffle = true }, made.Add);
        loader.StartEpoch(3, firstBatch: 5);
        List<int> labels = [];
        while (loader.TryNext(out Batch? batch))
            labels.AddRange(batch.Labels.Take(batch.Count));
        Assert.That(made, Is.EqualTo(new[] { 5, 6, 7 }));
        loader.StartEpoch(3, firstBatch: 8);
        Assert.That(loader.TryNext(out _), Is.False);
        List<(float[] Pixels, int[] Labels)> whole = ReadEpoch(loader, 3, imageSize: 12);
        Assert.That(labels, Is.EqualTo(whole.Skip(5).SelectMany(batch => batch.Labels)));
        Assert.That(() => loader.StartEpoch(3, firstBatch: 9), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Permutation_OfFour_IsEachOrderEquallyOften()
    {
        const int Draws = 24_000;
        Dictionary<string, int> counts = [];
        int[] order = new int[4];
        for (uint step = 0; step < Draws; step++)
        {
            Permutation.Fill(order, 1, RandomStreams.Shuffle, step);
            string key = string.Concat(order);
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        // 24 orders, 1,000 each; the deviation of a count is 31, and the draws are always the same.
        Assert.That(counts, Has.Count.EqualTo(24));
        Assert.That(counts.Values, Has.All.InRange(850, 1150));
    }

    [Test]
    public void StandardAugmentation_OfAnyImage_IsACropOfThePaddedImagePerhapsFlipped()
    {
        ImageDataset images = TestImages.Create(count: 200, height: 7, width: 6);
        BatchOptions options = new()
        {
            BatchSize = 200,
            Seed = 5,
            Augmentation = Augmentation.Standard,
        };
        using BatchLoader loader = new(images, options);
        HashSet<(int Down, int Right, bool Flip)> seen = [];
        for (int epoch = 0; epoch < 10; epoch++)
        {
            float[] pixels = ReadEpoch(loader, epoch, imageSize: 126).Single().Pixels;
            for (int index = 0; index < images.Count; index++)
            {
                (int Down, int Right, bool Flip) crop = ExpectedCrop(options.Seed, epoch, index);
                seen.Add(crop);
                float[] expected = Cropped(images, index, crop.Down, crop.Right, crop.Flip);
                Assert.That(pixels.AsSpan(index * 126, 126).SequenceEqual(expected), $"image {index}: {crop}");
            }
        }

        Assert.That(seen, Has.Count.EqualTo(9 * 9 * 2));
    }

    [Test]
    public void Augmentation_OfAnImage_DoesNotDependOnOrderOrBatchSize()
    {
        ImageDataset images = TestImages.Create(count: 50, height: 5, width: 5);
        BatchOptions ordered = new() { BatchSize = 50, Seed = 3, Augmentation = Augmentation.Standard };
        BatchOptions shuffled = ordered with { BatchSize = 7, Shuffle = true };
        using BatchLoader first = new(images, ordered);
        using BatchLoader second = new(images, shuffled);

        float[] inOrder = ReadEpoch(first, 4, imageSize: 75).Single().Pixels;
        float[] mixed = [.. ReadEpoch(second, 4, imageSize: 75).SelectMany(batch => batch.Pixels)];
        int[] order = OrderOf(images, 3, 4);

        for (int place = 0; place < order.Length; place++)
            Assert.That(mixed.AsSpan(place * 75, 75).SequenceEqual(inOrder.AsSpan(order[place] * 75, 75)));
    }

    [TestCase(0, 0, 1)]
    [TestCase(2, 0, 1)]
    [TestCase(0, 2, 1)]
    [TestCase(0, 2, 5)]
    [TestCase(1, 1, 2)]
    public void TryNext_AtAnyPaceOfThreadAndConsumer_GivesTheAssemblersBatches(int threadWait, int wait, int prefetched)
    {
        ImageDataset images = TestImages.Create(count: 60, height: 4, width: 4);
        BatchOptions options = new()
        {
            BatchSize = 8,
            Seed = 9,
            Shuffle = true,
            Augmentation = Augmentation.Standard,
            PrefetchedBatches = prefetched,
        };
        using BatchLoader loader = new(images, options, number => Thread.Sleep(threadWait * (number % 2)));
        BatchAssembler assembler = new(images, options);
        Batch expected = new(options.BatchSize, images, raw: null);
        for (int epoch = 0; epoch < 4; epoch++)
        {
            assembler.SetEpoch(epoch);
            loader.StartEpoch(epoch);
            int number = 0;
            while (loader.TryNext(out Batch? batch))
            {
                Thread.Sleep(wait);
                assembler.Assemble(number++, expected);
                Assert.That(batch.Count, Is.EqualTo(expected.Count));
                Assert.That(batch.Labels.AsSpan(0, batch.Count).SequenceEqual(expected.Labels.AsSpan(0, batch.Count)));
                int values = batch.Count * images.ImageBytes;
                Assert.That(batch.Pixels.AsSpan(0, values).SequenceEqual(expected.Pixels.AsSpan(0, values)));
            }

            Assert.That(number, Is.EqualTo(loader.BatchesPerEpoch));
            Assert.That(loader.TryNext(out _), Is.False);
        }
    }

    [Test]
    public void StartEpoch_BeforeTheLastOneIsRead_BeginsTheNewOne()
    {
        ImageDataset images = TestImages.Create(count: 40, height: 2, width: 2);
        BatchOptions options = new() { BatchSize = 3, Shuffle = true };
        using BatchLoader loader = new(images, options);
        for (int stop = 0; stop <= loader.BatchesPerEpoch; stop++)
        {
            loader.StartEpoch(1);
            for (int taken = 0; taken < stop; taken++)
                Assert.That(loader.TryNext(out _));

            int[] labels = [.. ReadEpoch(loader, 2, imageSize: 12).SelectMany(batch => batch.Labels)];
            Assert.That(labels, Is.EqualTo(OrderOf(images, 0, 2).Select(images.Label)));
        }
    }

    [Test]
    public void Dispose_AtAnyPoint_Ends([Range(0, 8)] int taken)
    {
        ImageDataset images = TestImages.Create(count: 40, height: 2, width: 2);
        BatchLoader loader = new(images, new() { BatchSize = 5 });
        if (taken > 0)
            loader.StartEpoch(0);
        for (int i = 0; i < taken; i++)
            Assert.That(loader.TryNext(out _));

        loader.Dispose();
        loader.Dispose();

        Assert.That(() => loader.TryNext(out _), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => loader.StartEpoch(1), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void TryNext_BeforeAnyEpoch_GivesNothing()
    {
        using BatchLoader loader = new(TestImages.Create(count: 4, height: 2, width: 2), new() { BatchSize = 2 });
        Assert.That(loader.TryNext(out _), Is.False);
    }

    [Test]
    public void TryNext_AfterAnExceptionOnTheThread_ThrowsIt()
    {
        ImageDataset images = TestImages.Create(count: 40, height: 2, width: 2);
        bool broken = true;
        using BatchLoader loader = new(images, new() { BatchSize = 5 }, number =>
        {
            if (number == 2 && Volatile.Read(ref broken))
                throw new InvalidDataException("the disk is gone");
        });

        loader.StartEpoch(0);
        for (int attempt = 0; attempt < 2; attempt++)
        {
            Assert.That(
                () =>
                {
                    while (loader.TryNext(out _))
                    {
                    }
                },
                Throws.TypeOf<InvalidDataException>().With.Message.EqualTo("the disk is gone"));
        }

        Volatile.Write(ref broken, false);
        Assert.That(ReadEpoch(loader, 1, imageSize: 12), Has.Count.EqualTo(8));
    }

    [TestCase(0)]
    [TestCase(-3)]
    [TestCase(41)]
    public void Constructor_OfABatchThatIsEmptyOrLargerThanTheData_Throws(int batchSize) =>
        Assert.That(
            () => new BatchLoader(TestImages.Create(40, 2, 2), new() { BatchSize = batchSize }),
            Throws.ArgumentException.With.Message.EqualTo(
                $"--batch-size must be at least 1 and at most 40, the images of 'test images', found {batchSize}"));

    [Test]
    public void Epoch_AfterTheFirst_AllocatesNothingOnEitherThread()
    {
        ImageDataset images = TestImages.Create(count: 200, height: 8, width: 8);
        BatchOptions options = new() { BatchSize = 2, Shuffle = true, Augmentation = Augmentation.Standard };

        // Counted on the two threads: the test platform's own threads allocate at any time.
        long loaderBytes = 0;
        using BatchLoader loader = new(
            images, options, _ => Volatile.Write(ref loaderBytes, GC.GetAllocatedBytesForCurrentThread()));
        Drain(loader, 0);
        Drain(loader, 1);

        long loaderBefore = Volatile.Read(ref loaderBytes);
        long consumerBefore = GC.GetAllocatedBytesForCurrentThread();
        for (int epoch = 2; epoch < 12; epoch++)
            Drain(loader, epoch);
        long consumerAfter = GC.GetAllocatedBytesForCurrentThread();
        long loaderAfter = Volatile.Read(ref loaderBytes);

        Assert.That(loaderAfter - loaderBefore, Is.Zero);
        Assert.That(consumerAfter - consumerBefore, Is.Zero);
    }

    [Test]
    public void Normalization_OfRealImages_IsPyTorchsToTheLastBit()
    {
        string folder = SharedFolder.Require("data", "cifar10-mini");
        string reference = SharedFolder.Require("reference", "bc22k8.final_logits.safetensors");
        float[] expected = SafetensorsFile.Read(reference).Tensors["input"].ToSingles();
        ImageDataset images = DataSource.Open(folder).ReadTraining();
        using BatchLoader loader = new(images, new() { BatchSize = 16 });
        loader.StartEpoch(0);

        Assert.That(loader.TryNext(out Batch? batch));
        Assert.That(batch!.Pixels.AsSpan().SequenceEqual(expected));
    }

    [Test]
    public void Batches_Raw_HoldTheBytesOfTheSameImagesInTheSameOrder()
    {
        ImageDataset images = TestImages.Create(11, height: 4, width: 5);
        BatchOptions options = new()
        {
            BatchSize = 4,
            Seed = 5,
            Shuffle = true,
            Augmentation = Augmentation.Standard,
        };
        using BatchLoader raw = new(images, options with { IsRaw = true }), normalised = new(images, options);
        raw.StartEpoch(3);
        normalised.StartEpoch(3);
        while (normalised.TryNext(out Batch? expected))
        {
            Assert.That(raw.TryNext(out Batch? batch));
            Assert.That(
                (batch!.Count, batch.Pixels, batch.Raw!.Epoch),
                Is.EqualTo((expected.Count, Array.Empty<float>(), 3U)));
            Assert.That(batch.Labels[..batch.Count], Is.EqualTo(expected.Labels[..batch.Count]));
            Assert.That((batch.Raw.Seed, batch.Raw.IsAugmented), Is.EqualTo((5UL, true)));
            for (int i = 0; i < batch.Count; i++)
            {
                int index = batch.Raw.Indices[i];
                Assert.That(images.Label(index), Is.EqualTo(batch.Labels[i]));
                Assert.That(batch.Raw.Bytes.AsSpan(i * 60, 60).SequenceEqual(images.Image(index)));
            }
        }

        Assert.That(raw.TryNext(out _), Is.False);
    }

    private static void Drain(BatchLoader loader, int epoch)
    {
        loader.StartEpoch(epoch);
        while (loader.TryNext(out _))
        {
        }
    }

    private static int[] OrderOf(ImageDataset images, ulong seed, int epoch)
    {
        BatchOptions options = new() { BatchSize = 8, Seed = seed, Shuffle = true };
        using BatchLoader loader = new(images, options);
        int size = images.ImageBytes;
        IEnumerable<float> firsts = ReadEpoch(loader, epoch, size).SelectMany(batch => batch.Pixels.Chunk(size))
            .Select(image => image[0]);
        return [.. firsts.Select(first => (int)MathF.Round(first * 255))];
    }

    private static List<(float[] Pixels, int[] Labels)> ReadEpoch(BatchLoader loader, int epoch, int imageSize)
    {
        List<(float[] Pixels, int[] Labels)> batches = [];
        loader.StartEpoch(epoch);
        while (loader.TryNext(out Batch? batch))
            batches.Add((batch.Pixels[..(batch.Count * imageSize)], batch.Labels[..batch.Count]));
        return batches;
    }

    private static (int Down, int Right, bool Flip) ExpectedCrop(ulong seed, int epoch, int index)
    {
        (uint x, uint y, uint z, _) = Philox.Draw(seed, (ulong)index, RandomStreams.Augmentation, (uint)epoch);
        return ((int)(Philox.ToUnit(x) * 9) - 4, (int)(Philox.ToUnit(y) * 9) - 4, Philox.ToUnit(z) < 0.5);
    }

    private static float[] Cropped(ImageDataset images, int index, int down, int right, bool flip)
    {
        int height = images.Height, width = images.Width;
        float[] x = new float[3 * height * width];
        for (int i = 0; i < x.Length; i++)
        {
            int c = i / (height * width), h = (i / width % height) + down, w = i % width;
            w = (flip ? width - 1 - w : w) + right;
            bool inside = h >= 0 && h < height && w >= 0 && w < width;
            x[i] = inside ? images.Image(index)[(((c * height) + h) * width) + w] / 255f : 0;
        }

        return x;
    }
}
