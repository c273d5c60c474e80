using DenseNetRaw.Autograd;
using DenseNetRaw.Cuda.Execution;
using DenseNetRaw.Cuda.Native;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>Launches on devices of any size keep to the kernels' convention and to the stated workspace.</summary>
public sealed class LaunchShapeTests
{
    private static readonly int[] Images = [1, 3, 64, 257, 4096];
    private static readonly int[] Channels = [1, 3, 12, 31, 300, 2048, 70_000];
    private static readonly int[] Sides = [1, 7, 32];

    [Test]
    public void Launches_OfAnyExtentOnAnyDevice_KeepToTheConvention(
        [Values(1, 4, 46, 132, 400)] int multiprocessors, [Values(1, 4, 8)] int width)
    {
        foreach (Shape x in Shapes())
        {
            Extent extent = new((long)x.N * x.Plane, x.C);
            LaunchShape sums = LaunchShape.OfSums(extent, width, multiprocessors);
            AssertFits(sums, x);
            AssertFits(LaunchShape.Over(extent, width, multiprocessors), x);
            long bytes = 2L * sizeof(float) * sums.Grid.X * x.C;
            Assert.That(bytes, Is.LessThanOrEqualTo(LaunchShape.BytesOfPartialSums(x)), $"{x}");
        }
    }

    [Test]
    public void Loss_OfAnyBatch_HasAWarpAnImageAndRoomForItsSums()
    {
        foreach (Shape x in Shapes())
        {
            LaunchShape shape = LaunchShape.OfLoss(x.N);
            Assert.That(shape.Grid.X * shape.Block.Y, Is.GreaterThanOrEqualTo(x.N));
            Assert.That(2 * sizeof(float) * shape.Grid.X, Is.LessThanOrEqualTo(LaunchShape.BytesOfPartialSums(x)));
        }
    }

    [Test]
    public void Products_OfAnyExtentOnAnyDevice_CoverItWithinTheStatedWorkspace(
        [Values(1, 4, 46, 132, 400)] int multiprocessors, [Values(1, 48, 65, 1000)] int filters)
    {
        foreach (Shape x in Shapes())
        {
            long pixels = (long)x.N * x.Plane;
            LaunchShape data = LaunchShape.OfProduct(pixels, x.C, multiprocessors);
            AssertFits(data, x);
            long bytes = 2L * sizeof(float) * data.Grid.X * x.C;
            Assert.That(bytes, Is.LessThanOrEqualTo(LaunchShape.BytesOfPartialSums(x)));
            LaunchShape weights = LaunchShape.OfProductWeights(pixels, x.C, filters);
            Assert.That(weights.Grid.X, Is.InRange(1, 256));
            Assert.That(weights.Grid.Y * 128L * 64, Is.GreaterThanOrEqualTo((long)x.C * filters));
            Assert.That(weights.Block, Is.EqualTo(data.Block));
        }
    }

    private static IEnumerable<Shape> Shapes() =>
        from n in Images from c in Channels from side in Sides select new Shape(n, c, side, side);

    private static void AssertFits(LaunchShape shape, Shape x)
    {
        (Extent3 grid, Extent3 block) = (shape.Grid, shape.Block);
        Assert.That(block.X * block.Y, Is.InRange(1, 256), $"{x}");
        Assert.That(uint.IsPow2(block.X) && uint.IsPow2(block.Y), $"{x}: {block}");
        Assert.That(grid.X, Is.Positive);
        Assert.That(grid.Y, Is.InRange(1, LaunchShape.MostTiles), $"{x}");
    }
}
