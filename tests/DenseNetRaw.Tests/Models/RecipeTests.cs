using DenseNetRaw.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Models;

public sealed class RecipeTests
{
    [TestCase("densenet", 300, 64, "150,225", 0)]
    [TestCase("svhn", 40, 64, "20,30", 0)]
    [TestCase("imagenet", 90, 256, "30,60", 0)]
    [TestCase("resnet", 164, 128, "81,122", 0)]
    [TestCase("resnet-110", 164, 128, "81,122", 1)]
    [TestCase("preact-resnet", 200, 64, "81,122", 1)]
    [TestCase("stochastic-depth", 500, 128, "250,375", 0)]
    [TestCase("msdnet", 300, 64, "150,225", 0)]
    public void Recipe_OfAName_HasThePublishedNumbers(
        string name, int epochs, int batchSize, string milestones, int warmUpEpochs)
    {
        Recipe recipe = Recipe.Named(name);
        Assert.That(
            (recipe.Epochs, recipe.BatchSize, string.Join(',', recipe.Milestones), recipe.WarmUpEpochs),
            Is.EqualTo((epochs, batchSize, milestones, warmUpEpochs)));
        Assert.That(
            (recipe.LearningRate, recipe.Momentum, recipe.IsNesterov, recipe.WeightDecay),
            Is.EqualTo((0.1, 0.9, true, 1e-4)));
    }

    /// <summary>The recipe that was the only one gives every epoch of every run the rate that it had.</summary>
    [Test]
    public void MilestonesOf_TheDenseNets_AreHalfAndThreeQuartersOfAnyRun()
    {
        for (int epochs = 1; epochs <= 40; epochs++)
        {
            LearningRateSchedule shares = new(LearningRateShape.MultiStep, 0.1, epochs);
            LearningRateSchedule steps = shares with { Milestones = Recipe.DenseNet.MilestonesOf(epochs) };
            for (int epoch = 1; epoch <= epochs; epoch++)
                Assert.That(steps.At(epoch), Is.EqualTo(shares.At(epoch)), $"{epoch} of {epochs}");
        }
    }

    [TestCase(164, "81,122")]
    [TestCase(328, "162,244")]
    [TestCase(20, "10,15")]
    public void MilestonesOf_AnotherLength_KeepTheirShares(int epochs, string expected) =>
        Assert.That(string.Join(',', Recipe.ResNet.MilestonesOf(epochs)), Is.EqualTo(expected));

    [Test]
    public void Named_AnUnknownRecipe_ListsThem() =>
        Assert.That(() => Recipe.Named("vgg"), Throws.ArgumentException.With.Message.Contains("densenet, svhn"));
}
