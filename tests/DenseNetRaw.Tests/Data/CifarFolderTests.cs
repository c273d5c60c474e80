using DenseNetRaw.Data;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Data;

public class CifarFolderTests
{
    private const int PixelBytes = 3 * 32 * 32;

    [Test]
    public void ReadTraining_OfCifar10_GivesTheRecordsInTheOrderOfTheFiles()
    {
        using TemporaryFolder folder = new();
        WriteRecords(folder.File("data_batch_2.bin"), [7, 0]);
        WriteRecords(folder.File("data_batch_1.bin"), [9]);
        WriteRecords(folder.File("data_batch_5.bin"), [3]);

        ImageDataset images = DataSource.Open(folder.FullName).ReadTraining();

        Assert.That(Labels(images), Is.EqualTo("9 7 0 3"));
        Assert.That(images.Name, Is.EqualTo("CIFAR-10 training images"));
        Assert.That((images.Height, images.Width, images.Classes[9]), Is.EqualTo((32, 32, "truck")));
        Assert.That(string.Join(' ', images.Normalization.Mean), Is.EqualTo("0.4914 0.4822 0.4465"));
        Assert.That(string.Join(' ', images.Normalization.StandardDeviation), Is.EqualTo("0.247 0.2435 0.2616"));
        Assert.That(images.Image(2).SequenceEqual(Pixels(record: 1)), "the second record of data_batch_2.bin");
    }

    [Test]
    public void ReadTest_OfCifar100_GivesTheFineLabels()
    {
        using TemporaryFolder folder = new();
        WriteRecords(folder.File("test.bin"), [[19, 99], [0, 42]]);

        ImageDataset images = DataSource.Open(folder.FullName).ReadTest();

        Assert.That(Labels(images), Is.EqualTo("99 42"));
        Assert.That(images.Image(1).SequenceEqual(Pixels(record: 1)));
        Assert.That((images.Classes.Count, images.Classes[0], images.Classes[99]), Is.EqualTo((100, "apple", "worm")));
        Assert.That(string.Join(' ', images.Normalization.Mean), Is.EqualTo("0.5071 0.4867 0.4408"));
        Assert.That(string.Join(' ', images.Normalization.StandardDeviation), Is.EqualTo("0.2675 0.2565 0.2761"));
    }

    [Test]
    public void ReadTest_OfAFolderWithClassNames_TakesThem()
    {
        using TemporaryFolder folder = new();
        WriteRecords(folder.File("test_batch.bin"), [1]);
        File.WriteAllText(folder.File("batches.meta.txt"), "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");

        Assert.That(string.Concat(DataSource.Open(folder.FullName).ReadTest().Classes), Is.EqualTo("abcdefghij"));
    }

    [Test]
    public void ReadTest_OfAFolderWithTooFewClassNames_SaysSo()
    {
        using TemporaryFolder folder = new();
        WriteRecords(folder.File("test_batch.bin"), [1]);
        File.WriteAllText(folder.File("batches.meta.txt"), "a\nb\n");

        AssertSays(
            () => DataSource.Open(folder.FullName).ReadTest(),
            $"{folder.File("batches.meta.txt")}: expected 10 class names, one a line, found 2.");
    }

    [TestCase(0, "found 0 bytes (0 records and 0 bytes).")]
    [TestCase(3072, "found 3072 bytes (0 records and 3072 bytes).")]
    [TestCase((2 * 3073) + 1, "found 6147 bytes (2 records and 1 bytes).")]
    public void ReadTraining_OfATruncatedOrOversizedFile_SaysSo(int bytes, string found)
    {
        using TemporaryFolder folder = new();
        WriteRecords(folder.File("data_batch_1.bin"), [1]);
        File.WriteAllBytes(folder.File("data_batch_3.bin"), new byte[bytes]);

        AssertSays(
            () => DataSource.Open(folder.FullName).ReadTraining(),
            $"{folder.File("data_batch_3.bin")}: expected a whole number of CIFAR-10 records of 3073 bytes, {found}");
    }

    [Test]
    public void ReadTest_OfALabelOutOfRange_SaysWhere()
    {
        using TemporaryFolder folder = new();
        WriteRecords(folder.File("test_batch.bin"), [9, 10]);

        AssertSays(
            () => DataSource.Open(folder.FullName).ReadTest(),
            $"{folder.File("test_batch.bin")}: expected CIFAR-10 labels from 0 to 9, found 10 in record 1 "
            + "(byte 3073).");
    }

    [TestCase(20, 0, "labels from 0 to 19, found 20 in record 0 (byte 0).")]
    [TestCase(0, 100, "labels from 0 to 99, found 100 in record 0 (byte 1).")]
    public void ReadTraining_OfACifar100LabelOutOfRange_SaysWhere(int coarse, int fine, string sentence)
    {
        using TemporaryFolder folder = new();
        WriteRecords(folder.File("train.bin"), [[(byte)coarse, (byte)fine]]);

        AssertSays(
            () => DataSource.Open(folder.FullName).ReadTraining(),
            $"{folder.File("train.bin")}: expected CIFAR-100 {sentence}");
    }

    [Test]
    public void Open_OfAMissingFolder_SaysSo() =>
        AssertSays(
            () => DataSource.Open("no-such-folder"),
            "--data must be 'synthetic' or a folder, found no folder 'no-such-folder'");

    [Test]
    public void Open_OfAFolderWithNothingKnown_SaysSo()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("data_batch_6.bin"), "");
        AssertSays(
            () => DataSource.Open(folder.FullName),
            $"{folder.FullName}: expected data_batch_1.bin … data_batch_5.bin and test_batch.bin (CIFAR-10) or "
            + "train.bin and test.bin (CIFAR-100), train_32x32.mat and test_32x32.mat (SVHN), or folders train and val "
            + "with a folder of images for each class, found none of them.");
    }

    [Test]
    public void Open_OfAFolderWithBothKinds_SaysSo()
    {
        using TemporaryFolder folder = new();
        WriteRecords(folder.File("test_batch.bin"), [1]);
        WriteRecords(folder.File("train.bin"), [[1, 1]]);
        AssertSays(
            () => DataSource.Open(folder.FullName),
            $"{folder.FullName}: expected the files of CIFAR-10 or of CIFAR-100, found files of both.");
    }

    [Test]
    public void ReadTraining_OfAFolderWithTestImagesOnly_SaysSo()
    {
        using TemporaryFolder folder = new();
        WriteRecords(folder.File("test.bin"), [[1, 1]]);
        AssertSays(
            () => DataSource.Open(folder.FullName).ReadTraining(),
            $"{folder.FullName}: expected a training file of CIFAR-100 (train.bin), found none.");
    }

    [Test]
    public void ReadTest_OfAFolderWithTrainingImagesOnly_SaysSo()
    {
        using TemporaryFolder folder = new();
        WriteRecords(folder.File("data_batch_1.bin"), [1]);
        AssertSays(
            () => DataSource.Open(folder.FullName).ReadTest(),
            $"{folder.FullName}: expected the test file test_batch.bin, found none.");
    }

    [Test]
    public void ReadTraining_OfRealImages_GivesThoseOfTheFiles()
    {
        DataSource cifar10 = DataSource.Open(SharedFolder.Require("data", "cifar10-mini"));
        ImageDataset images = cifar10.ReadTraining();

        Assert.That((images.Count, cifar10.ReadTest().Count), Is.EqualTo((5170, 617)));

        // The first image of the official data_batch_1.bin: a frog, whose first pixel is (59, 62, 63).
        Assert.That(images.Classes[images.Label(0)], Is.EqualTo("frog"));
        (int, int, int) pixel = (images.Image(0)[0], images.Image(0)[1024], images.Image(0)[2048]);
        Assert.That(pixel, Is.EqualTo((59, 62, 63)));
    }

    [Test]
    public void ReadTraining_OfRealCifar100Images_GivesThoseOfTheFiles()
    {
        DataSource cifar100 = DataSource.Open(SharedFolder.Require("data", "cifar100-mini"));
        ImageDataset images = cifar100.ReadTraining();
        Assert.That((images.Count, cifar100.ReadTest().Count), Is.EqualTo((900, 217)));

        // The first image of the official train.bin: cattle, coarse label 11, fine label 19.
        Assert.That(images.Classes[images.Label(0)], Is.EqualTo("cattle"));
    }

    private static void AssertSays(Func<object> read, string sentence) =>
        Assert.That(read, Throws.TypeOf<InvalidDataException>().With.Message.EqualTo(sentence));

    private static string Labels(ImageDataset images) =>
        string.Join(' ', Enumerable.Range(0, images.Count).Select(images.Label));

    private static void WriteRecords(string path, byte[] labels) =>
        WriteRecords(path, [.. labels.Select(label => new[] { label })]);

    private static void WriteRecords(string path, byte[][] labels) =>
        File.WriteAllBytes(path, [.. labels.SelectMany((label, record) => label.Concat(Pixels(record)))]);

    private static byte[] Pixels(int record)
    {
        byte[] pixels = new byte[PixelBytes];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)((7 * i) + (31 * record));
        return pixels;
    }
}
