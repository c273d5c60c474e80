using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

public sealed class LearningRateScheduleTests
{
    // As torch.optim.lr_scheduler.MultiStepLR(milestones=[150, 225], gamma=0.1), whose epochs count from 0.
    [TestCase(300, 1, 0.1)]
    [TestCase(300, 150, 0.1)]
    [TestCase(300, 151, 0.01)]
    [TestCase(300, 225, 0.01)]
    [TestCase(300, 226, 0.001)]
    [TestCase(300, 300, 0.001)]
    [TestCase(10, 5, 0.1)]
    [TestCase(10, 6, 0.01)]
    [TestCase(10, 8, 0.01)]
    [TestCase(10, 9, 0.001)]
    [TestCase(2, 1, 0.1)]
    [TestCase(2, 2, 0.01)]
    [TestCase(1, 1, 0.1)]
    public void MultiStep_AtTheBoundaries_DividesByTen(int epochs, int epoch, double expected) =>
        Assert.That(At(LearningRateShape.MultiStep, epochs, epoch), Is.EqualTo(expected));

    [TestCase(1, 0.01)]
    [TestCase(2, 0.1)]
    [TestCase(81, 0.1)]
    [TestCase(82, 0.01)]
    [TestCase(122, 0.01)]
    [TestCase(123, 0.001)]
    public void MultiStep_WithMilestonesAndWarmUp_FallsAfterThem(int epoch, double expected) => Assert.That(
        new LearningRateSchedule(LearningRateShape.MultiStep, 0.1, 164, [81, 122], WarmUpEpochs: 1).At(epoch),
        Is.EqualTo(expected));

    // As torch.optim.lr_scheduler.CosineAnnealingLR(T_max=300).
    [TestCase(1, 0.1)]
    [TestCase(76, 0.08535533905932738)]
    [TestCase(151, 0.05)]
    [TestCase(300, 2.741531724392843e-06)]
    public void Cosine_FallsAlongHalfACosine(int epoch, double expected) =>
        Assert.That(At(LearningRateShape.Cosine, 300, epoch), Is.EqualTo(expected).Within(1e-12));

    [TestCase(1)]
    [TestCase(300)]
    public void Constant_StaysAsItIs(int epoch) =>
        Assert.That(At(LearningRateShape.Constant, 300, epoch), Is.EqualTo(0.1));

    [Test]
    public void At_EpochZero_Throws() =>
        Assert.That(() => At(LearningRateShape.Constant, 300, 0), Throws.InstanceOf<ArgumentException>());

    private static double At(LearningRateShape shape, int epochs, int epoch) =>
        new LearningRateSchedule(shape, 0.1, epochs).At(epoch);
}
