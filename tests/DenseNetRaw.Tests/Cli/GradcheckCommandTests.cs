using System.Text.Json;
using DenseNetRaw.Cli;
using DenseNetRaw.Verification;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

public sealed class GradcheckCommandTests
{
    [Test]
    public void Gradcheck_OfEveryOperation_Passes()
    {
        JsonElement operations = CommandRun.Json("gradcheck").GetProperty("operations");
        Assert.Multiple(() =>
        {
            Assert.That(
                operations.EnumerateArray().Select(o => o.GetProperty("name").GetString()),
                Is.EqualTo(OperationCases.All.Select(c => c.Name)));
            Assert.That(
                operations.EnumerateArray().Select(o => o.GetProperty("maxError").GetDouble()), Is.All.AtMost(1e-6));
        });
    }

    [Test]
    public void Gradcheck_OfAWrongGradient_FailsAndNamesIt()
    {
        using StringWriter output = new();
        GradientCheckResult wrong = new("Twice: wrong", [new TensorError("x", 2e-6, 10, 0)]);
        Assert.That(GradcheckCommand.Report([wrong], asJson: false, output), Is.EqualTo(1));
        Assert.That(output.ToString(), Does.Match("Twice: wrong .*FAILS").And.Contain("0 of 1 pass"));
    }

    [Test]
    public void Gradcheck_OfAGradientThatIsNoNumber_IsStillJson()
    {
        using StringWriter output = new();
        GradientCheckResult wrong = new("Twice", [new TensorError("x", double.PositiveInfinity, 10, 0)]);
        Assert.That(GradcheckCommand.Report([wrong], asJson: true, output), Is.EqualTo(1));
        Assert.That(
            JsonDocument.Parse(output.ToString()).RootElement.GetProperty("operations")[0].GetProperty("maxError")
                .GetDouble(),
            Is.GreaterThan(1));
    }
}
