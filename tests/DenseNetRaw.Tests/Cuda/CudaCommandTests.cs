using System.Text.Json;
using System.Text.Json.Nodes;
using DenseNetRaw.Cli;
using DenseNetRaw.Tests.Cli;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>The command on the device: flags, training, evaluation.</summary>
public sealed class CudaCommandTests
{
    private static readonly string[] Tiny =
        ["--model", "densenet-7-2", "--initial-channels", "2", "--device", "cuda"];

    private static string[] Workspace => ["--workspace", $"{TestBackend.WorkspaceBytes >> 20}MiB"];

    [TestCase("fp32")]
    [TestCase("bf16")]
    public void TrainAndEval_OnCuda_LeaveARunFolder(string precision)
    {
        TestBackend.Require();
        using TemporaryFolder folder = new();
        string data = TinyCifar.Write(folder.File("data"));
        CommandRun.Of([
            "train", .. Tiny, .. Workspace, "--precision", precision, "--deterministic", "--data", data,
            "--batch-size", "8", "--epochs", "1", "--output-dir", folder.File("run")]).AssertSucceeds();
        JsonNode arguments = JsonNode.Parse(File.ReadAllText(folder.File("run/args.json")))!;
        Assert.That(arguments["device"]!["name"]!.GetValue<string>(), Is.EqualTo("cuda"));
        Assert.That(arguments["arguments"]!["precision"]!["value"]!.GetValue<string>(), Is.EqualTo(precision));
        CommandRun run = CommandRun.Of([
            "eval", "--weights", folder.File("run/model.safetensors"), "--data", data, "--device", "cuda",
            "--precision", precision, .. Workspace, "--batch-size", "5", "--json"]);
        run.AssertSucceeds();
        Assert.That(JsonDocument.Parse(run.Output).RootElement.GetProperty("loss").GetDouble(), Is.InRange(0, 10));
    }

    [Test]
    public void Train_WithFusedProducts_NotesThemAndLaunchesThem()
    {
        TestBackend.Require();
        using TemporaryFolder folder = new();
        string data = TinyCifar.Write(folder.File("data"));
        CommandRun.Of([
            "train", .. Tiny, .. Workspace, "--fused-products", "--data", data, "--batch-size", "8", "--max-steps", "1",
            "--output-dir", folder.File("run")]).AssertSucceeds();
        JsonNode arguments = JsonNode.Parse(File.ReadAllText(folder.File("run/args.json")))!["arguments"]!;
        Assert.That(arguments["fused-products"]!["value"]!.GetValue<bool>());
    }

    [TestCase("--precision", "half", "--precision 'half' is unknown")]
    [TestCase("--device", "cuda:first", "--device 'cuda:first' is unknown")]
    [TestCase("--device", "cuda:77", "there is no cuda:77")]
    public void Train_WithAWrongDevice_IsRefused(string flag, string value, string words)
    {
        TestBackend.Require();
        string[] device = flag == "--device" ? [flag, value] : ["--device", "cuda", flag, value];
        CommandRun.Of(["train", "--model", "densenet-7-2", "--max-steps", "1", .. device])
            .AssertFails(ExitCode.Usage, words);
    }

    [Test]
    public void BenchMemory_OnCuda_IsRefused() => CommandRun.Of("bench", "memory", "--device", "cuda")
        .AssertFails(ExitCode.Usage, "what is measured is the process's memory");
}
