using System.Buffers.Binary;
using DenseNetRaw.Data;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Data;

public class SvhnFolderTests
{
    private static readonly byte[] Labels = [10, 1, 9, 10, 5];

    [TestCase(true)]
    [TestCase(false)]
    public void Read_OfSvhn_GivesImagesByRowsAndDigits(bool compressed)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("train_32x32.mat"), MatlabWriter.Svhn(Labels, compressed));
        File.WriteAllBytes(folder.File("test_32x32.mat"), MatlabWriter.Svhn([3], compressed));
        DataSource source = DataSource.Open(folder.FullName);
        ImageDataset training = source.ReadTraining();
        Assert.That(Enumerable.Range(0, 5).Select(training.Label), Is.EqualTo(new[] { 0, 1, 9, 0, 5 }));
        for (int i = 0; i < 5 * 3072; i++)
        {
            byte expected = MatlabWriter.Pixel(i / 3072, i / 1024 % 3, i / 32 % 32, i % 32);
            Assert.That(training.Image(i / 3072)[i % 3072], Is.EqualTo(expected));
        }

        Assert.That((source.ReadTest().Label(0), training.Classes[9]), Is.EqualTo((3, "9")));
    }

    [Test]
    public void Read_WithTheExtraFile_TrainsOnItToo()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("train_32x32.mat"), MatlabWriter.Svhn([1, 2], compressed: true));
        File.WriteAllBytes(folder.File("extra_32x32.mat"), MatlabWriter.Svhn([3], compressed: false));
        ImageDataset training = DataSource.Open(folder.FullName).ReadTraining();
        Assert.That(Enumerable.Range(0, 3).Select(training.Label), Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(training.Image(2).SequenceEqual(DataSource.Open(folder.FullName).ReadTraining().Image(0)));
    }

    [Test]
    public void Read_OfLabelsAsDoubles_TakesThem()
    {
        byte[] doubles = new byte[16];
        BinaryPrimitives.WriteDoubleLittleEndian(doubles, 10);
        BinaryPrimitives.WriteDoubleLittleEndian(doubles.AsSpan(8), 4);
        using TemporaryFolder folder = new();
        Write(folder, MatlabWriter.File(true, X(2), MatlabWriter.Array("y", [2, 1], MatlabWriter.Double, doubles)));
        ImageDataset images = DataSource.Open(folder.FullName).ReadTraining();
        Assert.That((images.Label(0), images.Label(1)), Is.EqualTo((0, 4)));
    }

    [Test]
    public void Read_OfAFileThatIsWrong_NamesItAndSaysWhat()
    {
        byte[] y2 = MatlabWriter.Array("y", [2, 1], MatlabWriter.UInt8, [1, 2]);
        AssertRefused([], "found 0 bytes");
        AssertRefused(new byte[200], "found another kind");
        AssertRefused(MatlabWriter.File(false, y2), "found no X");
        AssertRefused(MatlabWriter.File(false, X(2)), "found no y");
        AssertRefused(MatlabWriter.File(false, X(3), y2), "a label for each of 3 images, found 2");
        AssertRefused(MatlabWriter.File(false, X(2), MatlabWriter.Array("y", [2, 1], MatlabWriter.UInt8, [1, 11])),
            "found 11 in record 1");
        AssertRefused(MatlabWriter.File(false, X(2), MatlabWriter.Array("y", [2, 1], MatlabWriter.UInt8, [0, 1])),
            "found 0 in record 0");
        AssertRefused(MatlabWriter.File(false, X(2), MatlabWriter.Array("y", [1, 2], MatlabWriter.UInt8, [1, 1])),
            "expected y [N × 1]");
        AssertRefused(MatlabWriter.File(false,
            MatlabWriter.Array("X", [32, 31, 3, 1], MatlabWriter.UInt8, new byte[2976]), y2), "[32 × 31 × 3 × 1]");
        AssertRefused(MatlabWriter.File(
            false, MatlabWriter.Array("X", [32, 32, 3, 9], MatlabWriter.UInt8, new byte[3072]), y2), "3072 bytes");
        AssertRefused(MatlabWriter.File(true, X(2), y2)[..^10], "a variable of");
        AssertRefused([.. MatlabWriter.File(true, X(2)), 15, 0, 0, 0, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8], "zlib");
    }

    [Test]
    public void Read_OfAHeaderThatPromisesGigabytes_AllocatesNothingForThem()
    {
        // X claims 600,000 images; the compressed element has a hundred bytes.
        byte[] x = MatlabWriter.Array("X", [32, 32, 3, 600_000], MatlabWriter.UInt8, new byte[64]);
        BinaryPrimitives.WriteInt32LittleEndian(x.AsSpan(4), 1_843_200_100);
        BinaryPrimitives.WriteInt32LittleEndian(x.AsSpan(x.Length - 68), 1_843_200_000);
        using TemporaryFolder folder = new();
        Write(folder, MatlabWriter.File(true, x));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(
            () => DataSource.Open(folder.FullName).ReadTraining(),
                Throws.TypeOf<InvalidDataException>().With.Message.Contains("1032 times"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void Read_OfDamagedFiles_IsRefusedOrDone()
    {
        Random random = new(5);
        byte[] seed = MatlabWriter.Svhn(Labels, compressed: true), plain = MatlabWriter.Svhn(Labels, compressed: false);
        using TemporaryFolder folder = new();
        for (int i = 0; i < LongForm.Count(300, 20_000); i++)
        {
            byte[] file = [.. i % 2 == 0 ? seed : plain];
            int at = random.Next(2) == 0 ? random.Next(300) : random.Next(file.Length);
            file[at] = (byte)random.Next(256);
            Write(folder, random.Next(5) == 0 ? file[..random.Next(file.Length)] : file);
            try
            {
                DataSource.Open(folder.FullName).ReadTraining();
            }
            catch (InvalidDataException e)
            {
                Assert.That(e.Message, Does.StartWith(folder.FullName), $"file {i}");
            }
        }
    }

    private static byte[] X(int count) =>
        MatlabWriter.Array("X", [32, 32, 3, count], MatlabWriter.UInt8, MatlabWriter.Pixels(count));

    private static void Write(TemporaryFolder folder, byte[] file) =>
        File.WriteAllBytes(folder.File("train_32x32.mat"), file);

    private static void AssertRefused(byte[] file, string words)
    {
        using TemporaryFolder folder = new();
        Write(folder, file);
        Assert.That(
            () => DataSource.Open(folder.FullName).ReadTraining(),
            Throws.TypeOf<InvalidDataException>().With.Message.StartsWith(
                folder.File("train_32x32.mat")).And.Message.Contains(words));
    }
}
