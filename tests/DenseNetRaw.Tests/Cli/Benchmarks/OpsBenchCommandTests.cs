using System.Text.Json;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cli;
using DenseNetRaw.Cli.Benchmarks;
using DenseNetRaw.Tests.Cuda;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli.Benchmarks;

public sealed class OpsBenchCommandTests
{
    private const string Tiny = "bench ops --launches 2 --shape 3,25,9,7 --slice 3,19 --threads 2";

    /// <summary>What is no operation of a step: how storage, transfers and plans are dealt with.</summary>
    private static readonly string[] NoOperations =
    [
        "allocate", "upload", "download", "play", "custom", "dispose", "bytes-of", "workspace-bytes", "reduction-bytes",
        "sgd-bytes", "statistics-bytes", "fuses-norm-relu-convolution", "norm-relu-average-pool-bytes",
        "measure-limits", "milliseconds-of", "imagewise", "plan-imagewise", "prepare", "is-closed",
    ];

    private static readonly string[] Keys =
    [
        "operation", "variant", "shape", "slice", "device", "precision", "milliseconds", "gigabytesPerSecond",
        "gigaflopsPerSecond", "shareOfLimit", "maxError",
    ];

    [Test]
    public void Ops_OnTheCpu_AgreeWithTheReferenceAndHaveTheKeys()
    {
        JsonElement document = CommandRun.Json($"{Tiny} --device cpu");
        foreach (JsonElement result in document.GetProperty("results").EnumerateArray())
        {
            string name = result.GetProperty("operation").GetString()!;
            Assert.That(name, Is.Not.EqualTo("augment"), "the batch loader does it here");
            Assert.Multiple(() =>
            {
                Assert.That(result.EnumerateObject().Select(p => p.Name), Is.SupersetOf(Keys), name);
                Assert.That(result.GetProperty("maxError").GetDouble(), Is.LessThan(1e-5), name);
                Assert.That(result.GetProperty("shareOfLimit").GetDouble(), Is.Positive, name);
                Assert.That(
                    result.GetProperty("gigaflopsPerSecond").ValueKind == JsonValueKind.Number,
                    Is.EqualTo(name.Contains("convolution")), name);
            });
        }
    }

    [Test]
    public void Ops_WithAnOutputFile_WriteTheirDocumentThere()
    {
        using TemporaryFolder temporary = new();
        string file = temporary.File("ops.json");
        CommandRun.Of($"bench ops --device reference --launches 1 --shape 1,2,4,4 --op sgd --output {file}")
            .AssertSucceeds();
        JsonElement document = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
        Assert.That(document.GetProperty("results").GetArrayLength(), Is.Positive);
    }

    [TestCase("fp32")]
    [TestCase("tf32")]
    [TestCase("bf16")]
    public void Ops_OnCuda_AgreeWithTheReference(string precision)
    {
        TestBackend.Require();
        JsonElement document = CommandRun.Json($"{Tiny} --device cuda --workspace 2MiB --precision {precision}");
        JsonElement[] results = [.. document.GetProperty("results").EnumerateArray()];
        Assert.That(results, Has.Length.EqualTo(TimedOperations.All.Count));
        Assert.That(results.Select(r => r.GetProperty("precision").GetString()), Is.All.EqualTo(precision));
    }

    [TestCase("fp32", "cudnn, with statistics, no relu")]
    [TestCase("bf16", "cudnn, with statistics")]
    public void NormRelu_OnCuda_StandsBesideWhatCudnnDoesNotRefuse(string precision, string variant)
    {
        TestBackend.Require();
        CommandRun run = CommandRun.Of(
            "bench ops --device cuda --workspace 2MiB --launches 2 --shape 3,24,9,7 --json --op "
            + $"norm-relu,norm-relu-backward --precision {precision}");
        run.AssertSucceeds();
        string[] rows =
        [
            .. JsonDocument.Parse(run.Output).RootElement.GetProperty("results").EnumerateArray()
                .Select(r => $"{r.GetProperty("operation").GetString()}: {r.GetProperty("variant").GetString()}"),
        ];
        Assert.That(rows, Is.EqualTo(new[]
        {
            "copy: default", "norm-relu: default", $"norm-relu: {variant}", "norm-relu-backward: default",
            $"norm-relu-backward: {variant}",
        }));
    }

    [Test]
    public void NormRelu_OfChannelsWithGapsBetweenPixels_IsTimedWithoutCudnn()
    {
        TestBackend.Require();
        CommandRun run = CommandRun.Of(
            "bench ops --device cuda --workspace 2MiB --launches 1 --shape 1,7,4,4 --op norm-relu");
        run.AssertSucceeds();
        Assert.That(run.Error, Does.Contain("norm-relu, cudnn, with statistics: not timed; cuDNN wants pixels"));
        Assert.That(run.Output, Does.Not.Contain("cudnn"));
    }

    [Test]
    public void Sweep_OnCuda_TriesOffsetsOddChannelsStoresAndBlocks()
    {
        TestBackend.Require();
        JsonElement document = CommandRun.Json(
            "bench ops --device cuda --workspace 2MiB --launches 1 --shape 2,40,4,4 --op norm-relu-backward --sweep");
        string[] variants =
        [
            .. document.GetProperty("results").EnumerateArray()
                .Where(r => r.GetProperty("operation").GetString() == "norm-relu-backward")
                .Select(r => r.GetProperty("variant").GetString()!),
        ];
        Assert.That(
            variants,
            Is.SupersetOf(new[] { "default", "stores", "blocks x0.5", "offset 0", "offset 1", "channels 39" }));
    }

    [Test]
    public void Sweep_OnTheCpu_HasNoBlocks()
    {
        CommandRun run = CommandRun.Of("bench ops --device cpu --launches 1 --shape 1,8,4,4 --op norm-relu --sweep");
        run.AssertSucceeds();
        Assert.That(run.Output, Does.Contain("offset 1").And.Contain("channels 7").And.Not.Contain("blocks"));
    }

    [Test]
    public void Ops_ByName_AreTimedBesideAPlainCopy()
    {
        JsonElement document = CommandRun.Json(
            "bench ops --device reference --launches 1 --shape 1,2,4,4 --op sgd,norm-relu-convolution-1x1");
        Assert.That(
            document.GetProperty("results").EnumerateArray().Select(r => r.GetProperty("operation").GetString()),
            Is.EqualTo(new[] { "copy", "sgd", "norm-relu-convolution-1x1" }));
    }

    [TestCase("--op norm-rely", "'norm-rely' is unknown; expected one or more of copy,")]
    [TestCase("--shape 2,3,4", "--shape: expected four extents")]
    [TestCase("--shape 2,3,1,4", "at least 2 rows")]
    [TestCase("--shape 2,x,1,4", "whole numbers")]
    [TestCase("--slice 90,7", "within 96")]
    [TestCase("--slice 3", "--slice")]
    [TestCase("--launches 0", "--launches must be at least 1")]
    public void Ops_OfTheImpossible_AreOneSentenceAndUsage(string arguments, string named) =>
        CommandRun.Of($"bench ops {arguments}").AssertFails(ExitCode.Usage, named);

    [Test]
    public void TimedOperations_AreEveryOperationOfTheBackends()
    {
        string[] operations =
        [
            .. typeof(Backend).GetMethods().Where(method => method.DeclaringType == typeof(Backend)
                    && !method.IsSpecialName)
                .Select(method => JsonNamingPolicy.KebabCaseLower.ConvertName(method.Name))
                .Except(NoOperations),
        ];
        string[] timed = [.. TimedOperations.All.Select(o => o.Name.Replace("-1x1", ""))];
        Assert.That(timed, Is.SupersetOf(operations));
    }

    [Test]
    public void OperationOperands_OfNormReluBackward_CountTheBytesOfTheKernelsHeader()
    {
        using ReferenceBackend reference = new();
        OperationExtents extents = new(new Shape(2, 5, 3, 4), First: 1, Count: 3);
        TimedOperation operation = TimedOperations.Named("norm-relu-backward")[^1];
        using OperationOperands adds = new(reference, extents, stores: false);
        operation.Prepare(adds);
        using OperationOperands stores = new(reference, extents, stores: true);
        operation.Prepare(stores);
        const int Element = sizeof(double), Values = 2 * 3 * 12, Vectors = 3 * (4 + (2 * 4));
        Assert.That(adds.Bytes, Is.EqualTo(Element * ((4 * Values) + Vectors)));
        Assert.That(stores.Bytes, Is.EqualTo(Element * ((3 * Values) + Vectors)));
    }

    [Test]
    public void OperationCheck_OfAWrongOperation_FindsTheDifference()
    {
        using ReferenceBackend reference = new();
        TimedOperation wrong = new("wrong", o =>
        {
            Tensor y = o.Slice(OperandUse.Write);
            double value = ReferenceEquals(o.Backend, reference) ? 1.5 : 1;
            return () => o.Backend.Fill(value, y);
        });
        OperationVariant variant = OperationVariant.Default(new OperationExtents(new Shape(1, 2, 3, 3), 0, 2));
        Assert.That(OperationCheck.MaxError(wrong, reference, variant), Is.EqualTo(0.5));
    }
}
