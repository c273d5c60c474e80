using DenseNetRaw.RandomNumbers;
using NUnit.Framework;

namespace DenseNetRaw.Tests.RandomNumbers;

public class PhiloxTests
{
    // Known answers: Random123 1.14, tests/kat_vectors, philox4x32 10.
    [TestCase(
        0x0000000000000000UL, 0x0000000000000000UL, 0x00000000U, 0x00000000U, 0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU,
        0x9b00dbd8U)]
    [TestCase(
        0xffffffffffffffffUL, 0xffffffffffffffffUL, 0xffffffffU, 0xffffffffU, 0x408f276dU, 0x41c83b0eU, 0xa20bc7c6U,
        0x6d5451fdU)]
    [TestCase(
        0x299f31d0a4093822UL, 0x85a308d3243f6a88UL, 0x13198a2eU, 0x03707344U, 0xd16cfe09U, 0x94fdccebU, 0x5001e420U,
        0x24126ea1U)]
    public void Draw_OfAPublishedCounter_GivesThePublishedWords(
        ulong seed, ulong counter, uint stream, uint step, uint x, uint y, uint z, uint w) =>
        Assert.That(Philox.Draw(seed, counter, stream, step), Is.EqualTo((x, y, z, w)));

    [Test]
    public void ToUnit_OfTheExtremes_StaysInTheHalfOpenInterval() =>
        Assert.That((Philox.ToUnit(0), Philox.ToUnit(uint.MaxValue)), Is.EqualTo((0.0, 1 - Math.Pow(2, -32))));
}
