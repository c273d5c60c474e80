using DenseNetRaw.Evaluation;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Evaluation;

/// <summary>Thresholds that an earlier evaluation printed.</summary>
public sealed class ThresholdsFileTests
{
    [Test]
    public void Read_OfWhatEvalPrints_GivesItsThresholds()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("thresholds.json");
        File.WriteAllText(
            file,
            """
            {"budgets": [
                {"budget": 5.5, "q": 1.25, "thresholds": [0.75, null], "shares": []},
                {"budget": null, "q": 0, "thresholds": [0, 1]}
            ]}
            """);
        ThresholdsFile whole = ThresholdsFile.Read(file, exits: 3);
        IReadOnlyList<FittedThresholds> read = whole.Budgets;
        Assert.That(read.Select(one => one.Budget), Is.EqualTo(new double?[] { 5.5, null }));
        Assert.That(read.Select(one => one.Q), Is.EqualTo(new[] { 1.25, 0 }));
        Assert.That(
            read[0].Thresholds.Values,
            Is.EqualTo(new[] { 0.75, double.PositiveInfinity, double.NegativeInfinity }));
        Assert.That(whole.FittedOn, Is.Null);
        whole.RequireFittedOn(new WeightsIdentity("any", "00"));
    }

    [Test]
    public void File_OfOtherWeights_IsRefusedWithBothNames()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("thresholds.json");
        File.WriteAllText(file, """{"fittedOn": {"model": "net", "sha256": "abc"}, "budgets": []}""");
        ThresholdsFile read = ThresholdsFile.Read(file, exits: 3);
        Assert.That(read.FittedOn, Is.EqualTo(new WeightsIdentity("net", "abc")));
        read.RequireFittedOn(new WeightsIdentity("renamed", "abc"));
        Assert.That(
            () => read.RequireFittedOn(new WeightsIdentity("net", "0123456789abcdef")),
            Throws.TypeOf<InvalidDataException>().With.Message.StartsWith(file)
                .And.Message.Contains("on the weights 'net' with SHA-256 0123456789ab…, found those of 'net' with "
                    + "SHA-256 abc"));
    }

    [TestCase("{}", 3)]
    [TestCase("[1]", 3)]
    [TestCase("not json", 3)]
    [TestCase("""{"budgets": [{"budget": 1, "q": 1, "thresholds": ["x", 1]}]}""", 3)]
    [TestCase("""{"budgets": [{"budget": 1, "q": 1, "thresholds": [0.5]}]}""", 3)]
    [TestCase("""{"budgets": [], "fittedOn": 7}""", 3)]
    [TestCase("""{"budgets": [], "fittedOn": {"model": "net", "sha256": 1}}""", 3)]
    public void Read_OfAnotherDocument_NamesTheFileAndTheForm(string text, int exits)
    {
        using TemporaryFolder folder = new();
        string file = folder.File("thresholds.json");
        File.WriteAllText(file, text);
        Assert.That(
            () => ThresholdsFile.Read(file, exits),
            Throws.TypeOf<InvalidDataException>().With.Message.StartsWith(file)
                .And.Message.Contains("budgets: [{budget, q, thresholds}], for 3 exits")
                .And.Message.Not.Contains("given key"));
    }

    [Test]
    public void Read_OfAFileThatIsNotThere_NamesIt() => Assert.That(
        () => ThresholdsFile.Read("no-such-file.json", 3),
        Throws.TypeOf<InvalidDataException>().With.Message.StartsWith("no-such-file.json: expected a file"));
}
