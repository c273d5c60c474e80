using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.RandomNumbers;
using DenseNetRaw.Tests.Backends;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Operations;

[TestFixtureSource(nameof(Backends))]
public class DropoutTests(Func<Backend> newBackend)
{
    private const double Rate = 0.3;
    private static readonly Shape Odd = new(3, 5, 7, 7);
    private static readonly StepState Step = new(Seed: 11, Number: 4, LearningRate: 0);
    private static readonly Func<Backend>[] Backends = [() => new ReferenceBackend(), () => new CpuBackend(threads: 3)];

    [Test]
    public void Dropout_OfAnyElement_DrawsItsWordOfPhilox()
    {
        bool[] expected = new bool[Odd.Count];
        for (int i = 0; i < expected.Length; i++)
        {
            (uint x, uint y, uint z, uint w) = Philox.Draw(Step.Seed, (ulong)i / 4, stream: 2, Step.Number);
            expected[i] = Philox.ToUnit((i % 4) switch { 0 => x, 1 => y, 2 => z, _ => w }) >= Rate;
        }

        Assert.That(Mask(Step, ordinal: 2), Is.EqualTo(expected));
    }

    [Test]
    public void Dropout_OnAChannelSlice_DrawsTheMaskOfAWholeTensor() =>
        Assert.That(Mask(Step, ordinal: 2, channelsBefore: 3), Is.EqualTo(Mask(Step, ordinal: 2)));

    [Test]
    public void Dropout_OfAnotherSeedStepOrOrdinal_DrawsAnotherMask()
    {
        bool[] mask = Mask(Step, ordinal: 2);
        Assert.Multiple(() =>
        {
            Assert.That(Mask(Step with { LearningRate = 1 }, 2), Is.EqualTo(mask));
            Assert.That(Mask(Step with { Seed = 12 }, 2), Is.Not.EqualTo(mask));
            Assert.That(Mask(Step with { Number = 5 }, 2), Is.Not.EqualTo(mask));
            Assert.That(Mask(Step, 3), Is.Not.EqualTo(mask));
        });
    }

    [Test]
    public void Dropout_OfManyElements_KeepsTheirShareAndMean()
    {
        bool[] mask = Mask(Step, ordinal: 2, new Shape(8, 16, 32, 32));

        // The share that stays is binomial with deviation √(rate (1 − rate) / M) = 0.0013; the bound is five of them.
        // The mean of y, share / (1 − rate), is then 1 within 0.009.
        double deviation = Math.Sqrt(Rate * (1 - Rate) / mask.Length);
        Assert.That(mask.Count(stays => stays) / (double)mask.Length, Is.EqualTo(1 - Rate).Within(5 * deviation));
    }

    [Test]
    public void DropoutBackward_OfTheSameStep_DrawsTheSameMaskAndAddsOrStores()
    {
        using Backend backend = newBackend();
        backend.Step = Step;
        using TensorMemory memory = new(backend);
        double[] ones = [.. Enumerable.Repeat(1.0, (int)Odd.Count)];
        Tensor dy = memory.New(Odd, ones), dx = memory.New(Odd, ones), stored = memory.New(Odd, ones);
        Tensor y = memory.New(Odd);
        backend.Dropout(dy, Rate, 2, y);
        backend.DropoutBackward(dy, Rate, 2, dx);
        backend.DropoutBackward(dy, Rate, 2, stored, new Grant(Stores: true));
        Assert.Multiple(() =>
        {
            Assert.That(memory.Read(stored), Is.EqualTo(memory.Read(y)));
            Assert.That(memory.Read(dx), Is.EqualTo(memory.Read(y).Select(value => value + 1)).Within(1e-6));
        });
    }

    private bool[] Mask(StepState step, uint ordinal, Shape? shape = null, int channelsBefore = 0)
    {
        Shape x = shape ?? Odd;
        using Backend backend = newBackend();
        backend.Step = step;
        using TensorMemory memory = new(backend);
        Shape wide = x with { C = x.C + channelsBefore };
        Tensor ones = memory.New(wide).Channels(channelsBefore, x.C);
        Tensor y = memory.New(wide).Channels(channelsBefore, x.C);
        backend.Fill(1, ones);
        backend.Dropout(ones, Rate, ordinal, y);
        double[] values = memory.Read(y);
        Assert.That(values.Where(value => value != 0), Is.All.EqualTo(1 / (1 - Rate)).Within(1e-6));
        return [.. values.Select(value => value != 0)];
    }
}
