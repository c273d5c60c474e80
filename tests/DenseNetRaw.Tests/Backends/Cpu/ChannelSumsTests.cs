using DenseNetRaw.Backends.Cpu;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Backends.Cpu;

public sealed unsafe class ChannelSumsTests
{
    [TestCase(1)]
    [TestCase(49)]
    [TestCase(1024)]
    [TestCase(9797)]
    public void SumOfPlane_OfAnyLength_IsThatWithSquaresBitForBit(int count)
    {
        Random random = new(count);
        float[] values = [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.4f)];
        fixed (float* x = values)
        {
            Assert.That(
                ChannelSums.SumOfPlane<Lanes512>(x, count, ahead: 0),
                Is.EqualTo(ChannelSums.OfPlane<Lanes512>(x, count, shift: 0, ahead: 0).Sum));
            Assert.That(
                ChannelSums.SumOfPlane<Lanes128>(x, count, ahead: 0),
                Is.EqualTo(ChannelSums.OfPlane<Lanes128>(x, count, shift: 0, ahead: 0).Sum));
        }
    }
}
