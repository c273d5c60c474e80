namespace DenseNetRaw.Tests.Cli;

/// <summary>A folder in CIFAR-10's layout with 20 training and 11 test images.</summary>
internal static class TinyCifar
{
    public const int TrainingImages = 20;
    public const int TestImages = 11;
    private const int PixelBytes = 3 * 32 * 32;

    public static string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, "data_batch_1.bin"), Records(TrainingImages, seed: 1));
        File.WriteAllBytes(Path.Combine(folder, "test_batch.bin"), Records(TestImages, seed: 2));
        return folder;
    }

    public static byte[] Records(int count, int seed)
    {
        byte[] records = new byte[count * (1 + PixelBytes)];
        new Random(seed).NextBytes(records);
        for (int i = 0; i < count; i++)
            records[i * (1 + PixelBytes)] = (byte)(i % 10);
        return records;
    }
}
