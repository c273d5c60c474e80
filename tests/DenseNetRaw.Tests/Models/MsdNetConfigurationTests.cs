using System.Text.Json;
using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Models;

/// <summary>Extents of MSDNets: layers, scales, transitions, and what is impossible.</summary>
public sealed class MsdNetConfigurationTests
{
    /// <summary>
    /// Scales before and after each layer, and a bar after those that a transition follows: with max, intervals of
    /// ⌈8/3⌉ = 3 layers; with min, transitions after ⌊8/3⌋ = 2 and ⌊16/3⌋ = 5 layers.
    /// </summary>
    [TestCase(MsdNetPruning.Max, "33 33 33 32| 22 22 21| 11")]
    [TestCase(MsdNetPruning.Min, "33 33| 33 33 33| 33 32 21")]
    public void Layers_OfEightInThreeScales_LeaveScalesWhereTheAuthorsDo(MsdNetPruning prune, string expected)
    {
        MsdNetConfiguration network = MsdNetConfiguration.Named("msdnet-anytime-3") with { Prune = prune };
        Assert.That(
            string.Join(' ', network.Layers().Select(
                layer => $"{layer.InputScales}{layer.OutputScales}{(layer.Compressed is null ? "" : "|")}")),
            Is.EqualTo(expected));
    }

    [TestCase("msdnet-anytime-3", "0 0 0 0 1 1 2 2")]
    [TestCase("msdnet-budget-4", "0 1 1 2 2 2 3 3 3 3")]
    public void Layers_OfANamedNetwork_AreInTheBlocksOfItsSteps(string name, string blocks) => Assert.That(
        string.Join(' ', MsdNetConfiguration.Named(name).Layers().Select(layer => layer.Block)), Is.EqualTo(blocks));

    [Test]
    public void Logits_OfEveryExit_AreOneAClass()
    {
        foreach (MsdNetConfiguration network in MsdNets.All)
        {
            foreach (MemoryStrategy memory in MemoryStrategy.Ladder)
            {
                Tape tape = new(memory);
                Model model = network.NewModel();
                IReadOnlyList<Exit> exits = model.Exits(tape, tape.NewInput("images", model.InputShape(2)));
                Assert.That(exits, Has.Count.EqualTo(network.Blocks));
                Assert.That(
                    exits.Select(exit => exit.Logits.Shape), Is.All.EqualTo(new Shape(2, network.Classes, 1, 1)));
                Assert.That(exits.Select(exit => exit.Weight), Is.All.EqualTo(1));
            }
        }
    }

    /// <summary>What is recorded before an exit's logits reads nothing that is recorded after.</summary>
    [Test]
    public void Prefix_OfTheTape_DescribesEachExitAlone()
    {
        ModelDescription description = ModelDescription.Of(MsdNets.CifarForm.NewModel());
        Assert.That(description.Exits.Select(exit => exit.Exit), Is.EqualTo((int[])[1, 2, 3]));
        Assert.That(description.Exits.Select(exit => exit.MultiplyAdds), Is.Ordered.Ascending.And.Unique);
        Assert.That(description.Exits[^1].Parameters, Is.EqualTo(description.Parameters));
        Assert.That(description.Exits[^1].MultiplyAdds, Is.EqualTo(description.MultiplyAdds));
    }

    [Test]
    public void Configuration_WrittenAsJson_IsReadAgain()
    {
        foreach (MsdNetConfiguration network in MsdNets.All)
        {
            string text = JsonSerializer.Serialize<ModelConfiguration>(network);
            Assert.That(text, Does.Contain("\"family\":\"msdnet\""));
            ModelConfiguration read = JsonSerializer.Deserialize<ModelConfiguration>(text)!;
            Assert.That(JsonSerializer.Serialize(read), Is.EqualTo(text));
            Assert.That(read.Depth, Is.EqualTo(network.Depth));
        }
    }

    /// <summary>Stem, transitions, two convolutions a layer and a classifier's two, and the linear layer.</summary>
    [Test]
    public void Depth_OfTheAnytimeNetwork_IsThatOfTheLongestWay() =>
        Assert.That(MsdNetConfiguration.Named("msdnet-anytime-10").Depth, Is.EqualTo(3 + (2 * 22) + 2 + 3));
}
