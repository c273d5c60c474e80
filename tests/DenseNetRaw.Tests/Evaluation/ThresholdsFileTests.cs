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
        read.RequireFittedOn(new WeightsIdentity("renamed", "ABC"));
        Assert.That(
            () => read.RequireFittedOn(new WeightsIdentity("net", "0123456789abcdef")),
            Throws.TypeOf<InvalidDataException>().With.Message.StartsWith(file)
                .And.Message.Contains("on the weights 'net' with SHA-256 0123456789ab…, found those of 'net' with "
                    + "SHA-256 abc"));
    }

    [Test]
    public void File_OfInputsNormalisedOtherwise_IsRefusedWithBothNumbers()
    {
        using TemporaryFolder folder = new();
        string file = folder.File("thresholds.json");
        File.WriteAllText(
            file,
            """
            {"fittedOn": {"model": "net", "sha256": "abc", "mean": [0.5, 0.25, 0.1], "std": [1, 1, 0.2]}, "budgets": []}
            """);
        ThresholdsFile read = ThresholdsFile.Read(file, exits: 3);
        WeightsIdentity same =
            new("net", "abc") { Mean = [0.5f, 0.25f, 0.1f], StandardDeviation = [1, 1, 0.2f] };
        read.RequireFittedOn(same);
        Assert.That(
            () => read.RequireFittedOn(same with { Mean = [0, 0, 0] }),
            Throws.TypeOf<InvalidDataException>().With.Message.StartsWith(file)
                .And.Message.Contains("fitted with the mean 0,0,0, found those of 0.5,0.25,0.1; give --mean"));
        Assert.That(
            () => read.RequireFittedOn(same with { StandardDeviation = [1, 1, 1] }),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("the std 1,1,1, found those of 1,1,0.2"));
    }

    [TestCase("{}", 3)]
    [TestCase("[1]", 3)]
    [TestCase("not json", 3)]
    [TestCase("""{"budgets": [{"budget": 1, "q": 1, "thresholds": ["x", 1]}]}""", 3)]
    [TestCase("""{"budgets": [{"budget": 1, "q": 1, "thresholds": [0.5]}]}""", 3)]
    [TestCase("""{"budgets": [], "fittedOn": 7}""", 3)]
    [TestCase("""{"budgets": [], "fittedOn": {"model": "net", "sha256": 1}}""", 3)]
    [TestCase("""{"budgets": [], "fittedOn": {"model": "net", "sha256": "abc", "mean": 1}}""", 3)]
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
