using DenseNetRaw.RandomNumbers;

namespace DenseNetRaw.Data;

/// <summary>An image that is being drawn: [3, side, side], values from 0 to 255.</summary>
internal sealed class SyntheticCanvas(int side)
{
    private readonly double[] _values = new double[ImageDataset.Channels * side * side];

    /// <summary>A ground that runs evenly from one colour to another, in any direction.</summary>
    public void Fill(SyntheticColor from, SyntheticColor to, ref RandomSequence random)
    {
        double slopeX = random.Between(-1, 1), slopeY = random.Between(-1, 1);
        double steepest = Math.Max(Math.Abs(slopeX) + Math.Abs(slopeY), 0.5);
        double half = (side - 1) / 2.0;
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                double along = ((slopeX * (x - half)) + (slopeY * (y - half))) / (steepest * half);
                Mix(y, x, from, 1);
                Mix(y, x, to, 0.5 + (0.5 * along));
            }
        }
    }

    /// <summary>A shape in one colour over what is there.</summary>
    public void Paint(SyntheticShape shape, SyntheticColor color, double opacity)
    {
        for (int y = 0; y < side; y++)
        {
            for (int x = 0; x < side; x++)
            {
                double coverage = shape.Coverage(x, y);
                if (coverage > 0)
                    Mix(y, x, color, coverage * opacity);
            }
        }
    }

    /// <summary>
    /// The image as bytes, with noise of its own for every value: the sum of four uniform ones, with the given standard
    /// deviation.
    /// </summary>
    public void Store(double deviation, ulong seed, uint index, Span<byte> image)
    {
        // Four uniform bytes sum to a mean of 510 and a deviation of √(4 · (256² − 1) / 12) = 147.8.
        const double Mean = 510, Deviation = 147.8;
        double scale = deviation / Deviation;
        int plane = side * side;
        for (int place = 0; place < plane; place++)
        {
            (uint red, uint green, uint blue, _) =
                Philox.Draw(seed, (ulong)place, RandomStreams.SyntheticNoise, index);
            image[place] = Round(_values[place] + ((SumOfBytes(red) - Mean) * scale));
            image[plane + place] = Round(_values[plane + place] + ((SumOfBytes(green) - Mean) * scale));
            image[(2 * plane) + place] = Round(_values[(2 * plane) + place] + ((SumOfBytes(blue) - Mean) * scale));
        }
    }

    private static double SumOfBytes(uint word) =>
        (word & 0xFF) + ((word >> 8) & 0xFF) + ((word >> 16) & 0xFF) + (word >> 24);

    private static byte Round(double value) => (byte)Math.Clamp(value + 0.5, 0, 255);

    private void Mix(int y, int x, SyntheticColor color, double share)
    {
        int plane = side * side;
        Mix(ref _values[(y * side) + x], color.Red, share);
        Mix(ref _values[plane + (y * side) + x], color.Green, share);
        Mix(ref _values[(2 * plane) + (y * side) + x], color.Blue, share);
    }

    private static void Mix(ref double value, double color, double share) => value += (color - value) * share;
}
