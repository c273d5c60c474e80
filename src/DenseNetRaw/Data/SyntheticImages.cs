using DenseNetRaw.RandomNumbers;

namespace DenseNetRaw.Data;

/// <summary>
/// The embedded data set: 5,000 training and 1,000 test images, 32×32, of ten classes: a disc, ring, square, triangle
/// or cross, either warm on a cool ground or cool on a warm one, at any place, size and angle, among distractors of
/// both colours and under noise. Generated from fixed seeds with +, −, ×, ÷ and √ alone, which IEEE 754 rounds alike
/// everywhere, so the bytes are the same on every machine. Mirroring an image keeps its class.
/// </summary>
public static class SyntheticImages
{
    /// <summary>Rows and columns of an image.</summary>
    public const int Side = 32;

    private const int TrainingCount = 5_000;
    private const int TestCount = 1_000;
    private const int Plane = Side * Side;
    private const int Shapes = 5;
    private const ulong Seed = 0x44656E73654E6574;

    private static readonly string[] Classes =
    [
        "warm disc", "warm ring", "warm square", "warm triangle", "warm cross",
        "cool disc", "cool ring", "cool square", "cool triangle", "cool cross",
    ];

    // Computed once over the training images, rounded to four digits.
    private static readonly Normalization Statistics = new([0.4991f, 0.4918f, 0.5001f], [0.2314f, 0.1478f, 0.2303f]);

    /// <summary>The training images, 500 of each class, class by class in turn.</summary>
    public static ImageDataset Training() =>
        Generate("synthetic training images", TrainingCount, RandomStreams.SyntheticTraining);

    /// <summary>The test images, 100 of each class, class by class in turn.</summary>
    public static ImageDataset Test() => Generate("synthetic test images", TestCount, RandomStreams.SyntheticTest);

    private static ImageDataset Generate(string name, int count, uint stream)
    {
        byte[] pixels = new byte[count * ImageDataset.Channels * Plane];
        int[] labels = new int[count];
        Parallel.For(0, count, index =>
        {
            labels[index] = index % Classes.Length;
            const int Bytes = ImageDataset.Channels * Plane;
            Draw(stream, index, labels[index], pixels.AsSpan(index * Bytes, Bytes));
        });
        return new ImageDataset(name, pixels, labels, Side, Side, Classes, Statistics);
    }

    private static void Draw(uint stream, int index, int label, Span<byte> image)
    {
        RandomSequence random = new(Seed, stream, (uint)index);
        bool warm = label < Shapes;
        SyntheticCanvas canvas = new(Side);
        canvas.Fill(SyntheticColor.Draw(ref random, !warm), SyntheticColor.Draw(ref random, !warm), ref random);
        AddDistractors(canvas, ref random, count: 2 + random.Below(4));
        double size = random.Between(7, 10.5);
        SyntheticShape shape = SyntheticShape.Draw(ref random, label % Shapes, size, Side);
        canvas.Paint(shape, SyntheticColor.Draw(ref random, warm), opacity: random.Between(0.9, 1));
        AddDistractors(canvas, ref random, count: 1 + random.Below(2));
        canvas.Store(random.Between(6, 18), Seed ^ stream, (uint)index, image);
    }

    private static void AddDistractors(SyntheticCanvas canvas, ref RandomSequence random, int count)
    {
        for (int i = 0; i < count; i++)
        {
            SyntheticShape spot = SyntheticShape.Draw(
                ref random, random.Below(Shapes), random.Between(1, 2.5), Side);
            canvas.Paint(spot, SyntheticColor.Draw(ref random, random.Below(2) == 0), opacity: 1);
        }
    }
}
