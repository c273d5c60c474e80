using DenseNetRaw.Models;

namespace DenseNetRaw.Tests.Models;

/// <summary>
/// Small networks drawn by seed: of any six consecutive seeds, three have bottlenecks, and two each have no dropout,
/// dropout after every convolution, and after the 3×3 ones; two of five have the ImageNet stem. Channels, sides and
/// numbers of layers are odd as often as even, and images are never square.
/// </summary>
internal static class RandomNetwork
{
    public static DenseNetConfiguration Of(int seed)
    {
        Random random = new(seed);
        bool hasBottleneck = seed % 2 == 1, hasImageNetStem = seed % 5 >= 3;
        int blocks = random.Next(2, 4), least = (hasImageNetStem ? 4 : 1) << blocks;
        int height = random.Next(least, least + 6);
        return new DenseNetConfiguration
        {
            Name = $"random {seed}",
            BlockLayers = [.. Enumerable.Range(0, blocks).Select(_ => random.Next(1, 5))],
            GrowthRate = random.Next(2, 6),
            InitialChannels = random.Next(3, 10),
            BottleneckWidth = hasBottleneck ? random.Next(2, 5) : 0,
            Compression = 0.4 + (0.6 * random.NextDouble()),
            DropRate = seed % 3 == 0 ? 0 : 0.1 + (0.2 * random.NextDouble()),
            DropAfter = seed % 3 == 1 ? DropoutPlacement.EveryConvolution : DropoutPlacement.ThreeByThree,
            Classes = random.Next(2, 7),
            InputHeight = height,
            InputWidth = height + random.Next(1, 4),
            HasImageNetStem = hasImageNetStem,
        };
    }
}
