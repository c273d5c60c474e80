using System.Text.Json;
using DenseNetRaw.Cli;
using DenseNetRaw.Tests.Cli;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>The command in a process of its own, which finds stand-ins where CUDA's libraries should be.</summary>
public sealed class DevicesOnStandInsTests
{
    private const string Cublas =
        "int cublasCreate_v2(void**) { return 1; } int cublasGetProperty(int p, int* v) { *v = 12 - p; return 0; }";

    private const string CublasLt = "unsigned long cublasLtGetVersion() { return 121100; }";

    private const string Cudnn = "unsigned long cudnnGetVersion() { return 91200; }";

    private const string CudnnEight = "unsigned long cudnnGetVersion() { return 8907; }";

    private const string Nvrtc = "int nvrtcVersion(int* a, int* b) { *a = 12; *b = 6; return 0; }";

    [TestCase(100, "finds no GPU")]
    [TestCase(34, "stand-in for a driver, not a driver")]
    [TestCase(803, "of different versions: restart the machine")]
    [TestCase(804, "update NVIDIA's driver")]
    [TestCase(802, "is not ready")]
    [TestCase(999, "does not start, error 999")]
    public void Cuda_WhoseDriverDoesNotStart_IsExplained(int code, string words)
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(folder.File("libcuda.so.1"), StandInDriver.Functions(code));
        JsonElement cuda = Devices(folder).GetProperty("devices")[2];
        Assert.Multiple(() =>
        {
            Assert.That(cuda.GetProperty("name").GetString(), Is.EqualTo("cuda"));
            Assert.That(cuda.GetProperty("isUsable").GetBoolean(), Is.False);
            Assert.That(cuda.GetProperty("description").GetString(), Does.Contain(words));
            Assert.That(cuda.GetProperty("description").GetString(), Does.Contain(folder.File("libcuda.so.1")));
        });
    }

    [Test]
    public void Cuda_WhoseDriverIsOld_AsksForANewerOne()
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(folder.File("libcuda.so.1"), StandInDriver.Functions(0, version: 10020));
        Assert.That(
            Devices(folder).GetProperty("devices")[2].GetProperty("description").GetString(),
            Does.Contain("runs CUDA 10.2, at least 11.4 is needed"));
    }

    [Test]
    public void Cuda_WithAGpuButNoCudnn_SaysHowToGetIt()
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(folder.File("libcuda.so.1"), StandInDriver.Functions(0));
        StandIn.Compile(folder.File("libcublas.so.12"), Cublas);
        JsonElement gpu = Devices(folder).GetProperty("devices")[2];
        Assert.Multiple(() =>
        {
            Assert.That(gpu.GetProperty("name").GetString(), Is.EqualTo("cuda:0"));
            Assert.That(gpu.GetProperty("instructionSet").GetString(), Is.EqualTo("compute capability 9.0"));
            Assert.That(gpu.GetProperty("cores").GetInt32(), Is.EqualTo(132));
            Assert.That(gpu.GetProperty("memoryBytes").GetInt64(), Is.EqualTo(80L << 30));
            Assert.That(
                gpu.GetProperty("description").GetString(),
                Does.Contain("Stand-in GPU").And.Contain("cuDNN was not found").And.Contain("pip install"));
        });
    }

    [TestCase(Cudnn, "libcudnn.so.9", "9.12.0")]
    [TestCase(CudnnEight, "libcudnn.so.8", "8.9.7")]
    public void Libraries_OfAWholeInstallation_AreListedWithFileAndVersion(string cudnn, string file, string version)
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(folder.File("libcuda.so.1"), StandInDriver.Functions(0, version: 12080));
        StandIn.Compile(folder.File("libcublas.so.12"), Cublas);
        StandIn.Compile(folder.File("libcublasLt.so.12"), CublasLt);
        StandIn.Compile(folder.File(file), cudnn);
        StandIn.Compile(folder.File("libnvrtc.so.12"), Nvrtc);
        JsonElement found = Devices(folder);
        Assert.Multiple(() =>
        {
            Assert.That(
                found.GetProperty("cudaLibraries").EnumerateArray().Select(l => l.GetProperty("version").GetString()),
                Is.EqualTo(new[] { "for CUDA 12.8", "12.11.10", "12.11.0", version, "12.6" }));
            Assert.That(
                found.GetProperty("cudaLibraries").EnumerateArray().Select(l => l.GetProperty("filePath").GetString()),
                Does.Contain(folder.File(file)));
            Assert.That(
                found.GetProperty("devices")[2].GetProperty("description").GetString(),
                Is.EqualTo("Stand-in GPU: fp32, tf32 or bf16"));
        });
    }

    [TestCase(0)]
    [TestCase(100)]
    public void Devices_WhereSomethingIsMissing_FitInto80ColumnsAndSayItOnce(int code)
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(folder.File("libcuda.so.1"), StandInDriver.Functions(code));
        CommandRun run = Run(folder, "devices");
        run.AssertSucceeds();
        string[] lines = run.Output.ReplaceLineEndings("\n").Split('\n');
        string text = string.Join(' ', lines);
        Assert.That(
            lines.Where(line => !line.Contains('/', StringComparison.Ordinal)).Select(line => line.TrimEnd().Length),
            Is.All.AtMost(80));
        Assert.That(lines, Has.Some.Match("^  cuda.*no, see below"));
        Assert.That(text.Split("finds no GPU"), Has.Length.EqualTo(code == 0 ? 1 : 2));
        Assert.That(text.Contains(CudaOptions.Proof, StringComparison.Ordinal), Is.EqualTo(code != 0));
    }

    [Test]
    public void DeviceCuda_WithoutAGpu_EndsWithASentenceAndCodeOne()
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(folder.File("libcuda.so.1"), StandInDriver.Functions(100));
        Run(folder, "train", "--device", "cuda").AssertFails(1, "--device cuda cannot be used", "finds no GPU");
    }

    [Test]
    public void DeviceOfNoNumber_WithoutAGpu_IsWrongUsage()
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(folder.File("libcuda.so.1"), StandInDriver.Functions(100));
        Run(folder, "train", "--device", "cuda:x").AssertFails(2, "--device 'cuda:x' is unknown");
    }

    [Test]
    public void FlagsOfAGpu_WhereAutoIsTheCpu_AreNamedAndNotRecorded()
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(folder.File("libcuda.so.1"), StandInDriver.Functions(100));
        CommandRun run = Run(
            folder, "train", "--model", "densenet-7-2", "--initial-channels", "2", "--max-steps", "1", "--precision",
            "bf16", "--workspace", "1MiB", "--data", TinyCifar.Write(folder.File("data")), "--batch-size", "8",
            "--output-dir", folder.File("run"));
        run.AssertSucceeds();
        Assert.That(run.Error, Does.StartWith("cuda cannot be used: ").And.Contain("finds no GPU")
            .And.Contain("; running on cpu, fp32 (--precision and --workspace: of the cuda device alone)"));
        JsonElement arguments = JsonDocument.Parse(File.ReadAllText(folder.File("run/args.json"))).RootElement
            .GetProperty("arguments");
        Assert.That(arguments.GetProperty("precision").ToString(), Does.Match("fp32(.|\n)*device"));
        Assert.That(
            arguments.GetProperty("workspace").GetProperty("value").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [TestCase("auto", "cpu")]
    [TestCase("cuda", "cuda")]
    [TestCase("cuda:3", "cuda:3")]
    public void Plan_WithoutAGpu_IsMadeForAnyDevice(string flag, string device)
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(folder.File("libcuda.so.1"), StandInDriver.Functions(100));
        CommandRun run = Run(
            folder, "plan", "--model", "densenet-bc-22-8", "--device", flag, "--precision", "bf16", "--json");
        run.AssertSucceeds();
        Assert.That(
            JsonDocument.Parse(run.Output).RootElement.GetProperty("device").GetString(), Is.EqualTo(device));
    }

    [Test]
    public void CudaCall_ThatFails_IsNamedWithItsCodeAndItsText()
    {
        using TemporaryFolder folder = new();
        StandIn.Compile(folder.File("libcuda.so.1"), StandInDriver.Functions(0, count: 46));
        Run(folder, "devices").AssertFails(
            1, "cuDeviceGetCount failed: CUDA_ERROR_MADE_UP, made up for a test (46)");
    }

    private static JsonElement Devices(TemporaryFolder folder)
    {
        CommandRun run = Run(folder, "devices", "--json");
        run.AssertSucceeds();
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private static CommandRun Run(TemporaryFolder libraries, params IEnumerable<string> arguments) =>
        CommandRun.InAProcess(libraries.FullName, arguments);
}
