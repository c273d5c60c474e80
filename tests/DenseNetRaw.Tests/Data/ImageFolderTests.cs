using DenseNetRaw.Data;
using DenseNetRaw.RandomNumbers;
using DenseNetRaw.Tests.Data.Images;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Data;

public class ImageFolderTests
{
    [Test]
    public void ReadTraining_OfFoldersOfClasses_TakesClassesAndFilesInOrdinalOrder()
    {
        using TemporaryFolder folder = new();
        Add(folder, "train/b/2.png", "train/b/10.PNG", "train/B/x.png", "train/a/deep/z.png", "train/a/notes.txt",
            "val/a/1.png");
        DataSource source = DataSource.Open(folder.FullName, 8, 8);
        ImageDataset training = source.ReadTraining(), test = source.ReadTest();
        Assert.That(training.Classes, Is.EqualTo(new[] { "B", "a", "b" }));
        Assert.That(Enumerable.Range(0, training.Count).Select(training.Label), Is.EqualTo(new[] { 0, 1, 2, 2 }));
        Assert.That(
            Enumerable.Range(0, training.Count).Select(index => Path.GetFileName(training.Files!.Path(index))),
            Is.EqualTo(new[] { "x.png", "z.png", "10.PNG", "2.png" }));
        Assert.That((test.Count, test.Label(0), test.Classes.Count), Is.EqualTo((1, 1, 3)));
        Assert.That(training.Normalization, Is.SameAs(Normalization.ImageNet));
        Assert.That(training.Image(0).Length, Is.EqualTo(3 * 8 * 8));
    }

    [Test]
    public void Open_OfAFolderThatLacksSomething_SaysWhat()
    {
        using TemporaryFolder folder = new();
        Add(folder, "train/a/1.png");
        DataSource source = DataSource.Open(folder.FullName);
        AssertRefused(() => source.ReadTest(), "expected a folder 'val' or 'test' beside 'train'");
        Add(folder, "val/c/1.png");
        AssertRefused(() => source.ReadTest(), $"{folder.File("val/c")}: expected a class of 'train'");
        Directory.CreateDirectory(folder.File("train/b"));
        AssertRefused(() => source.ReadTraining(), $"{folder.File("train/b")}: expected image files");
        Directory.CreateDirectory(folder.File("train/\u202Eexe"));
        AssertRefused(() => source.ReadTraining(), "found one with U+202E");
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Batches_OfImageFiles_AreTheCropsOfSeedEpochAndIndex(bool isRaw)
    {
        using TemporaryFolder folder = new();
        WriteSet(folder, each: 7);
        ImageDataset images = DataSource.Open(folder.FullName, 9, 11).ReadTraining();
        BatchOptions options = new()
        {
            BatchSize = 4,
            Seed = 3,
            Shuffle = true,
            Augmentation = Augmentation.Standard,
            IsRaw = isRaw,
        };
        using BatchLoader loader = new(images, options);
        Dictionary<int, byte[]> first = Epoch(loader, images, 1, isRaw), again = Epoch(loader, images, 1, isRaw);
        Dictionary<int, byte[]> other = Epoch(loader, images, 2, isRaw);
        Assert.That(first.Keys.Order(), Is.EqualTo(Enumerable.Range(0, 14)));
        foreach ((int index, byte[] image) in first)
        {
            Assert.That(again[index], Is.EqualTo(image));
            Assert.That(other[index], Is.Not.EqualTo(image));
        }
    }

    [Test]
    public void Batches_WithoutAugmentation_AreTheNormalizedImagesOfAnEvaluation()
    {
        using TemporaryFolder folder = new();
        WriteSet(folder, each: 3);
        ImageDataset images = DataSource.Open(folder.FullName, 9, 11).ReadTraining();
        using BatchLoader loader = new(images, new() { BatchSize = 5 });
        loader.StartEpoch(0);
        float[] table = Normalization.ImageNet.Table();
        for (int index = 0; loader.TryNext(out Batch? batch); index += batch.Count)
        {
            for (int i = 0; i < batch.Count * images.ImageBytes; i++)
            {
                byte value = images.Image(index + (i / images.ImageBytes))[i % images.ImageBytes];
                Assert.That(batch.Pixels[i], Is.EqualTo(table[(i / 99 % 3 * 256) + value]));
            }
        }
    }

    [Test]
    public void HoldOut_OfImageFiles_DividesThem()
    {
        using TemporaryFolder folder = new();
        WriteSet(folder, each: 6);
        ImageDataset images = DataSource.Open(folder.FullName, 8, 8).ReadTraining();
        (ImageDataset remaining, ImageDataset heldOut) = images.HoldOut(5, 1);
        Assert.That((remaining.Count, heldOut.Count), Is.EqualTo((7, 5)));
        Assert.That(
            Paths(remaining).Concat(Paths(heldOut)).Order(StringComparer.Ordinal),
                Is.EqualTo(Paths(images).Order(StringComparer.Ordinal)));
        Assert.That(Paths(heldOut).Select(path => path.Contains("/b/") ? 1 : 0),
            Is.EqualTo(Enumerable.Range(0, 5).Select(heldOut.Label)));
    }

    [TestCase("vanishes", "found no such file")]
    [TestCase("is cut short", "found the file's end")]
    [TestCase("becomes another", "expected a PNG or JPEG file")]
    [CancelAfter(120_000)]
    public void TryNext_WhenAFileIsNoLongerWhatItWas_NamesItAndEnds(string how, string words)
    {
        using TemporaryFolder folder = new();
        WriteSet(folder, each: 8);
        ImageDataset images = DataSource.Open(folder.FullName, 8, 8).ReadTraining();
        using BatchLoader loader = new(images, new() { BatchSize = 2, PrefetchedBatches = 1 });
        loader.StartEpoch(0);
        Assert.That(loader.TryNext(out _));
        string victim = images.Files!.Path(13);
        byte[] whole = File.ReadAllBytes(victim);
        File.Delete(victim);
        if (how != "vanishes")
            File.WriteAllBytes(victim, how == "is cut short" ? whole.AsSpan(0, whole.Length - 30) : "text"u8);
        Assert.That(
            () =>
            {
                while (loader.TryNext(out _))
                {
                }
            },
            Throws.TypeOf<InvalidDataException>().With.Message.StartsWith($"{victim}: ").And.Message.Contains(words));

        File.WriteAllBytes(victim, whole);
        Assert.That(Epoch(loader, images, 1, isRaw: false), Has.Count.EqualTo(16));
    }

    /// <summary>Images of two classes and of several sizes, PNG alone: these need no library.</summary>
    internal static void WriteSet(TemporaryFolder folder, int each)
    {
        string[] sources = [.. GoldenImages.Pngs.Where(name => name.Contains("rgb", StringComparison.Ordinal)),
            "scene.png"];
        for (int i = 0; i < each; i++)
        {
            Copy(folder, sources[i % sources.Length], $"train/a/{i}.png");
            Copy(folder, sources[(i + 1) % sources.Length], $"train/b/{i}.png");
        }

        Copy(folder, "scene.png", "val/a/0.png");
        Copy(folder, "rgba.png", "val/b/0.png");
    }

    private static Dictionary<int, byte[]> Epoch(BatchLoader loader, ImageDataset images, int epoch, bool isRaw)
    {
        Dictionary<int, byte[]> seen = [];
        int[] order = new int[images.Count];
        if (isRaw)
            Permutation.Identity(order);
        else
            Permutation.Fill(order, 3, RandomStreams.Shuffle, (uint)epoch);
        loader.StartEpoch(epoch);
        for (int first = 0; loader.TryNext(out Batch? batch); first += batch.Count)
        {
            Assert.That(batch.Raw?.IsAugmented ?? false, Is.False);
            for (int i = 0; i < batch.Count; i++)
            {
                int at = i * images.ImageBytes;
                int index = batch.Raw is { } raw ? raw.Indices[i] : order[first + i];
                seen.Add(index, batch.Raw is { } bytes
                    ? bytes.Bytes[at..(at + images.ImageBytes)]
                    : [.. System.Runtime.InteropServices.MemoryMarshal.AsBytes(
                        batch.Pixels.AsSpan(at, images.ImageBytes))]);
            }
        }

        return seen;
    }

    private static IEnumerable<string> Paths(ImageDataset images) =>
        Enumerable.Range(0, images.Count).Select(index => images.Files!.Path(index));

    private static void Add(TemporaryFolder folder, params string[] names)
    {
        foreach (string name in names)
            Copy(folder, "scene.png", name);
    }

    private static void Copy(TemporaryFolder folder, string golden, string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
        File.Copy(GoldenImages.PathOf(golden), folder.File(name), overwrite: true);
    }

    private static void AssertRefused(Action read, string words) =>
        Assert.That(read, Throws.TypeOf<InvalidDataException>().With.Message.Contains(words));
}
