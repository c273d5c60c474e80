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
        CommandRun trained = CommandRun.Of([
            "train", .. Tiny, .. Workspace, "--precision", precision, "--deterministic", "--data", data,
            "--batch-size", "8", "--epochs", "1", "--output-dir", folder.File("run")]);
        trained.AssertSucceeds();
        Assert.That(trained.Output, Does.Match($@", cuda \(.*, {precision}\): "));
        JsonNode arguments = JsonNode.Parse(File.ReadAllText(folder.File("run/args.json")))!;
        Assert.That(arguments["device"]!["name"]!.GetValue<string>(), Is.EqualTo("cuda"));
        Assert.That(arguments["arguments"]!["precision"]!["value"]!.GetValue<string>(), Is.EqualTo(precision));
        Assert.That(
            arguments["arguments"]!["workspace"]!["value"]!.GetValue<long>(), Is.EqualTo(TestBackend.WorkspaceBytes));
        Assert.That(arguments["device"]!.AsObject().Select(value => value.Key), Is.SupersetOf(new[]
        {
            "gpu", "computeCapability", "driver", "cublas", "cublasLt", "cudnn", "nvrtc",
        }));
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
    [TestCase("--device", "cuda:77", "there is no cuda:77: this machine has ")]
    public void Train_WithAWrongDevice_IsRefused(string flag, string value, string words)
    {
        TestBackend.Require();
        string[] device = flag == "--device" ? [flag, value] : ["--device", "cuda", flag, value];
        CommandRun.Of(["train", "--model", "densenet-7-2", "--max-steps", "1", .. device])
            .AssertFails(ExitCode.Usage, words);
    }

    [Test]
    public void Train_ThatNoAlgorithmComputesInTheWorkspace_LeavesNoRunFolder()
    {
        TestBackend.Require();
        using TemporaryFolder folder = new();
        CommandRun.Of(
            "train", "--model", "densenet-7-2", "--device", "cuda", "--deterministic", "--workspace", "1", "--data",
            TinyCifar.Write(folder.File("data")), "--batch-size", "8", "--output-dir", folder.File("run"))
            .AssertFails(ExitCode.Failure, "needs no more workspace than 1 byte;", "--workspace");
        Assert.That(Directory.Exists(folder.File("run")), Is.False);
    }

    [TestCase("64MiB", true)]
    [TestCase("1", false)]
    public void Plan_ThatDoesNotFit_AdvisesASmallerWorkspaceWhereItCounts(string workspace, bool isAdvised)
    {
        CommandRun run = CommandRun.Of(
            "plan", "--model", "densenet-7-2", "--device", "cuda", "--memory", "naive", "--memory-budget", "1",
            "--batch-size", "8", "--workspace", workspace);
        run.AssertFails(ExitCode.OutOfMemory, "--memory-budget is 1 byte:");
        Assert.That(
            run.Error.Contains("; a --workspace of less than 64.0 MiB takes less.", StringComparison.Ordinal),
            Is.EqualTo(isAdvised));
    }

    [Test]
    public void BenchMemory_OnCuda_IsRefused() => CommandRun.Of("bench", "memory", "--device", "cuda")
        .AssertFails(ExitCode.Usage, "what is measured is the process's memory");
}
