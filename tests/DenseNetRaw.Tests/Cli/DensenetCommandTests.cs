using System.Text.Json;
using DenseNetRaw.Cli;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>What all sub-commands have in common: help, and the voice of errors.</summary>
public sealed class DensenetCommandTests
{
    [Test]
    public void Help_OfTheCommand_HasOneShortLineForEachSubCommand()
    {
        string[] lines = CommandRun.Of("--help").Output.Split('\n');
        string[] commands = lines[(Array.FindIndex(lines, line => line.StartsWith("Commands")) + 1)..];
        Assert.That(commands.Select(line => line.TrimEnd().Length), Is.All.LessThanOrEqualTo(100));
        Assert.That(commands.Where(line => line.Trim().Length > 0), Is.All.EndsWith("."));
    }

    [TestCase("frobnicate --help", "'frobnicate'")]
    [TestCase("bench frobnicate --help", "'frobnicate'")]
    [TestCase("frobnicate", "'frobnicate'")]
    public void Command_ThatIsUnknown_IsWrongUsageWithHelpOrWithout(string arguments, string word) =>
        CommandRun.Of(arguments).AssertFails(ExitCode.Usage, "densenet: ", word);

    [TestCase("plan --memory slabb", "--memory: expected", "'slabb'; did you mean 'slab'?")]
    [TestCase("plan --model densnet121", "--model: expected", "'densnet121'; did you mean 'densenet121'?")]
    [TestCase("plan --device cuad", "--device 'cuad' is unknown", "; did you mean 'cuda'?")]
    [TestCase("plan --model x", "--model: expected", "'x'")]
    [TestCase("plan --model resnet-18", "--model: expected a depth", "for example 14 or 20, found 18\n")]
    [TestCase("plan --depth 37", "--depth: expected", "found 37")]
    [TestCase("plan --drop-rate 1.5", "--drop-rate must be", "found 1.5")]
    [TestCase("plan --batch-size 999999999999", "--batch-size: expected a whole number", "'999999999999'")]
    [TestCase("plan -b 0", "--batch-size must be", "found 0")]
    [TestCase("plan --memory-budget 6g", "--memory-budget: expected", "'6g'; GiB or GB?")]
    [TestCase("train --lr -1", "--lr must be", "found -1")]
    [TestCase("train --seed -1", "--seed: expected a whole number from 0", "'-1'")]
    [TestCase("train --batch-size 5001", "--batch-size must be", "found 5,001")]
    [TestCase("train --validation 5000", "--validation must be", "found 5,000")]
    [TestCase("trace -b 0", "--batch-size must be", "found 0")]
    [TestCase("bench memory --strategies naive,slabb", "--strategies: expected", "'slabb'")]
    public void Error_OfAFlag_NamesFlagAndWhatWasFound(string arguments, string expected, string found) =>
        CommandRun.Of(arguments).AssertFails(ExitCode.Usage, $"densenet: {expected}", found);

    [TestCase("trace --format htm", "--format: expected table, dot or html, found 'htm'; did you mean 'html'?")]
    [TestCase("data download x --output y", "name: expected cifar10, cifar100 or svhn, found 'x'")]
    [TestCase("train --lr", "--lr: expected a value, found none")]
    [TestCase("train --lr 1 --lr 2", "--lr: expected one value, found 2")]
    [TestCase("report", "report: expected <run>, found none")]
    [TestCase("eval", "--weights is required, found none")]
    [TestCase("data", "expected a sub-command, found none")]
    public void Error_OfTheLibrary_IsInTheWordsOfAllOthers(string arguments, string sentence) =>
        CommandRun.Of(arguments).AssertFails(ExitCode.Usage, $"densenet: {sentence}{Environment.NewLine}");

    [TestCase("help", "--help")]
    [TestCase("help train", "train --help")]
    [TestCase("help data verify", "data verify --help")]
    public void Help_AsACommand_IsTheHelpOfWhatFollows(string arguments, string flag) => Assert.That(
        CommandRun.Of(arguments).Output, Is.Not.Empty.And.EqualTo(CommandRun.Of(flag).Output));

    [TestCase("plan --device cpu --precision bf16", "--precision", "fp32")]
    [TestCase("train --device reference --precision fp32", "--precision", "fp64")]
    [TestCase("fit --memory-budget 1GiB --device cpu --workspace 1MiB", "--workspace", "fp32")]
    [TestCase("bench ops --device cpu --fused-products", "--fused-products", "fp32")]
    [TestCase("bench memory --precision bf16", "--precision", "fp32")]
    public void FlagOfAGpu_OnAnotherDevice_IsWrongUsage(string arguments, string flag, string computes) =>
        CommandRun.Of(arguments).AssertFails(
            ExitCode.Usage, $"densenet: {flag}: of the cuda device alone", $"which computes in {computes}");

    [TestCase("plan", "1 thread")]
    [TestCase("fit --memory-budget 1GiB", "1 thread")]
    public void Captions_OnTheCpu_NameItsThreads(string command, string words)
    {
        CommandRun run = CommandRun.Of($"{command} --model densenet-7-2 --batch-size 4 --device cpu --threads 1");
        run.AssertSucceeds();
        Assert.That(run.Output.ReplaceLineEndings(" "), Does.Contain($"cpu device with {words}"));
    }

    [TestCase("plan")]
    [TestCase("fit --memory-budget 1GiB")]
    public void PlansForAGpu_SayHowItComputes(string command)
    {
        command += " --model densenet-7-2 --batch-size 4 --device cuda --precision bf16 --workspace 1MiB "
            + "--deterministic";
        Assert.That(
            CommandRun.Of(command).Output.ReplaceLineEndings(" "),
            Does.Contain("cuda device (bf16, --workspace 1.0 MiB, --deterministic)"));
        JsonElement document = CommandRun.Json(command);
        Assert.That(document.GetProperty("precision").GetString(), Is.EqualTo("bf16"));
        Assert.That(document.GetProperty("workspaceBytes").GetInt64(), Is.EqualTo(1 << 20));
        Assert.That(document.GetProperty("deterministic").GetBoolean());
        Assert.That(document.GetProperty("fusedProducts").GetBoolean(), Is.False);
    }

    [TestCase("gradcheck --device X", "densenet: '--device' is unknown")]
    [TestCase("train --nope 3", "densenet: '--nope' is unknown")]
    [TestCase("plan one two", "densenet: 'one', 'two' are unknown")]
    public void Words_ThatAreUnknown_AreOneSentence(string arguments, string sentence)
    {
        CommandRun run = CommandRun.Of(arguments);
        run.AssertFails(ExitCode.Usage, sentence);
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(2));
    }

    [Test]
    public void Help_OfACommandThatIsNotListed_IsThere()
    {
        Assert.That(CommandRun.Of("kernels --help").Output, Does.Contain("--ptx"));
        Assert.That(CommandRun.Of("--help").Output, Does.Not.Contain("kernels"));
    }

    [Test]
    public void Help_OfPlanAndEval_SaysWhatTheirMemoryFlagsDo()
    {
        Assert.That(CommandRun.Of("plan --help").Output, Does.Contain("[default: every strategy]"));
        Assert.That(CommandRun.Of("eval --help").Output, Does.Contain("nothing is kept for a backward pass"));
    }
}
