using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using DenseNetRaw.Cli;
using DenseNetRaw.Data;
using DenseNetRaw.Data.Downloads;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Tests.Data.Downloads;
using DenseNetRaw.Tests.Data.Images;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary><c>data verify</c>, <c>data download</c>, <c>data synthesize</c>.</summary>
public sealed class DataCommandTests
{
    [Test]
    public void Verify_OfAnEmptyClass_CountsTheImagesOfTheOthers()
    {
        using TemporaryFolder folder = new();
        ImageFolderTests.WriteSet(folder, each: 6);
        Directory.CreateDirectory(folder.File("train/c"));
        CommandRun run = CommandRun.Of("data", "verify", folder.FullName, "--json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadData));
        Assert.That(run.Error, Does.Contain($"{folder.File("train/c")}: expected image files"));
        Assert.That(
            JsonDocument.Parse(run.Output).RootElement.GetProperty("classes").EnumerateArray()
                .Select(count => count.GetProperty("training").GetInt32()),
            Is.EqualTo(new[] { 6, 6, 0 }));
    }

    [Test]
    public void Verify_OfRealImages_CountsThem()
    {
        JsonElement json = CommandRun.Json($"data verify {SharedFolder.Require("data", "cifar10-mini")}");
        Assert.That(json.GetProperty("dataSet").GetString(), Is.EqualTo("CIFAR-10"));
        Assert.That(json.GetProperty("classes").EnumerateArray().Sum(
            count => count.GetProperty("training").GetInt32()), Is.EqualTo(5170));
        Assert.That(json.GetProperty("files")[0].GetProperty("images").GetInt32(), Is.EqualTo(1102));
        Assert.That(json.GetProperty("problems").GetArrayLength(), Is.Zero);
    }

    [Test]
    public void Verify_ForPeople_IsTwoTables()
    {
        using TemporaryFolder folder = new();
        CommandRun run = CommandRun.Of("data", "verify", TinyCifar.Write(folder.File("data")));
        run.AssertSucceeds();
        Assert.That(run.Output,
            Does.Contain("data_batch_1.bin").And.Contain("airplane").And.Contain("in all").And.Contain("20"));
        Assert.That(run.Output, Does.Contain("not there: data_batch_2.bin").And.Contain("every image can be read"));
    }

    [Test]
    public void Verify_OfACorruptFile_NamesItAndReturns3()
    {
        using TemporaryFolder folder = new();
        string data = TinyCifar.Write(folder.File("data"));
        byte[] records = TinyCifar.Records(2, seed: 3);
        records[3073] = 10;
        File.WriteAllBytes(folder.File("data/data_batch_3.bin"), records);
        File.WriteAllBytes(folder.File("data/data_batch_4.bin"), new byte[100]);
        CommandRun run = CommandRun.Of("data", "verify", data, "--json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadData));
        JsonElement problems = JsonDocument.Parse(run.Output).RootElement.GetProperty("problems");
        Assert.That(problems.GetArrayLength(), Is.EqualTo(2));
        Assert.That(problems[0].GetString(), Does.Contain("data_batch_3.bin: expected CIFAR-10 labels"));
        Assert.That(problems[1].GetString(), Does.Contain("data_batch_4.bin: expected a whole number"));
        Assert.That(run.Error, Does.Contain("data_batch_3.bin").And.Contain("data_batch_4.bin"));
    }

    [Test]
    public void Verify_OfFilesThatChangedSinceTheirDownload_NamesThem()
    {
        using TemporaryFolder folder = new();
        string data = TinyCifar.Write(folder.File("data"));
        Checksums.Record(data, ["data_batch_1.bin", "test_batch.bin"]);
        Assert.That(CommandRun.Json($"data verify {data}").GetProperty("files")[1].GetProperty(
            "checksum").GetString(), Is.EqualTo("Recorded"));
        File.WriteAllBytes(folder.File("data/test_batch.bin"), TinyCifar.Records(TinyCifar.TestImages, seed: 9));
        CommandRun run = CommandRun.Of("data", "verify", data);
        Assert.That((run.Code, run.Output.Contains("WRONG")), Is.EqualTo((ExitCode.BadData, true)));
        Assert.That(run.Error, Does.Contain("test_batch.bin: expected the recorded SHA-256"));
    }

    [Test]
    public void Verify_OfAnOfficialNameWithOtherContent_NamesTheMd5()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("train_32x32.mat"), MatlabWriter.Svhn([1, 10], compressed: true));
        CommandRun run = CommandRun.Of("data", "verify", folder.FullName);
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadData));
        Assert.That(run.Error, Does.Contain("expected the official MD5 e26dedcc434d2e4c54c9b2d4a06d8373"));
        Assert.That(run.Output, Does.Contain("SVHN").And.Contain("not there: test_32x32.mat").And.Not.Contain("extra"));
    }

    [Test]
    public void Verify_OfImageFolders_NamesEveryFileThatCannotBeDecoded()
    {
        using TemporaryFolder folder = new();
        ImageFolderTests.WriteSet(folder, each: 4);
        File.WriteAllText(folder.File("train/a/1.png"), "text");
        byte[] png = File.ReadAllBytes(GoldenImages.PathOf("scene.png"));
        File.WriteAllBytes(folder.File("val/b/9.jpeg"), png[..200]);
        File.WriteAllText(folder.File("train/b/notes.txt"), "");
        CommandRun run = CommandRun.Of("data", "verify", folder.FullName);
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadData));
        Assert.That(run.Error, Does.Contain(folder.File("train/a/1.png")).And.Contain(folder.File("val/b/9.jpeg")));
        Assert.That(run.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(2));
        Assert.That(run.Output,
            Does.Contain("1 file is not looked at, as it is not named as an image")
                .And.Contain("2 wrong, see below"));
    }

    [Test]
    public void Verify_OfAClassThatIsNotTrained_NamesItAndCountsAll()
    {
        using TemporaryFolder folder = new();
        ImageFolderTests.WriteSet(folder, each: 4);
        Directory.Move(folder.File("val/b"), folder.File("val/red"));
        CommandRun run = CommandRun.Of("data", "verify", folder.FullName, "--json");
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadData));
        Assert.That(run.Error, Does.Contain(folder.File("val")).And.Contain(
            "train has 'b' and val has not; val has 'red' and train has not"));
        Assert.That(
            JsonDocument.Parse(run.Output).RootElement.GetProperty("classes").EnumerateArray().Select(count =>
                (count.GetProperty("name").GetString(), count.GetProperty("test").GetInt32() > 0)),
            Is.EqualTo(new[] { ("a", true), ("b", false), ("red", true) }));
    }

    [Test]
    public void Verify_OfNoFolderOrAnEmptyOne_Returns3()
    {
        using TemporaryFolder folder = new();
        CommandRun.Of("data", "verify", folder.File("x")).AssertFails(ExitCode.BadData, folder.File("x"));
        CommandRun.Of("data", "verify", folder.FullName).AssertFails(ExitCode.BadData, folder.FullName, "none of them");
    }

    [Test]
    public void Synthesize_IntoAFolder_GivesTheEmbeddedImagesAsCifar10()
    {
        using TemporaryFolder folder = new();
        CommandRun.Of("data", "synthesize", "--output", folder.File("data")).AssertSucceeds();
        DataSource written = DataSource.Open(folder.File("data"));
        foreach ((ImageDataset found, ImageDataset expected) in new[]
        {
            (written.ReadTraining(), SyntheticImages.Training()), (written.ReadTest(), SyntheticImages.Test()),
        })
        {
            Assert.That(found.Pixels.AsSpan().SequenceEqual(expected.Pixels));
            Assert.That(found.Labels.AsSpan().SequenceEqual(expected.Labels));
            Assert.That(found.Classes, Is.EqualTo(expected.Classes));
        }

        Assert.That(new FileInfo(folder.File("data/data_batch_5.bin")).Length, Is.EqualTo(1000 * 3073));
        CommandRun.Of("data", "synthesize", "--output", folder.File("data"))
            .AssertFails(ExitCode.Usage, "data_batch_1.bin: expected no such file");
    }

    [Test]
    public void Download_OfAFileWithAnotherMd5_Returns3AndKeepsNothing()
    {
        using LocalServer server = new() { Files = { ["train_32x32.mat"] = new byte[5000] } };
        using TemporaryFolder folder = new();
        CommandRun run = CommandRun.Of(
            "data", "download", "svhn", "--output", folder.File("svhn"), "--url", $"{server.Address}");
        Assert.That(run.Code, Is.EqualTo(ExitCode.BadData));
        Assert.That(run.Error, Does.Contain("train_32x32.mat").And.Contain("e26dedcc434d2e4c54c9b2d4a06d8373"));
        Assert.That(run.Output, Does.Contain("train_32x32.mat: 5,000 bytes of 5,000 bytes, "));
        Assert.That(run.Output, Does.Not.Contain("\u001b"));
        Assert.That(Directory.GetFileSystemEntries(folder.File("svhn")), Is.Empty);
    }

    [TestCase("cifar10", "cifar-10-binary.tar.gz of 170,052,171 bytes, found 10")]
    [TestCase("cifar100", "cifar-100-binary.tar.gz of 168,513,733 bytes, found 10")]
    public void Download_OfAFileOfAnotherSize_Returns3(string name, string words)
    {
        using LocalServer server = new()
        {
            Files = { ["cifar-10-binary.tar.gz"] = new byte[10], ["cifar-100-binary.tar.gz"] = new byte[10] },
        };
        using TemporaryFolder folder = new();
        CommandRun.Of("data", "download", name, "--output", folder.File("x"), "--url", $"{server.Address}/")
            .AssertFails(ExitCode.BadData, words);
        Assert.That(Directory.GetFileSystemEntries(folder.File("x")), Is.Empty);
    }

    [Test]
    public void Download_FromAServerThatIsNotThere_Returns3()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using TemporaryFolder folder = new();
        CommandRun.Of("data", "download", "cifar10", "--output", folder.File("x"), "--url", $"http://127.0.0.1:{port}")
            .AssertFails(ExitCode.BadData, "cifar-10-binary.tar.gz: expected the file, found: Connection refused");
    }

    [TestCase("data download cifar9 --output x", "cifar9")]
    [TestCase("data download cifar10", "--output")]
    [TestCase("data download cifar10 --output x --url ftp://x", "--url: expected an address")]
    [TestCase("data download cifar10 --output x --extra", "--extra: expected with svhn alone")]
    [TestCase("data synthesize", "--output")]
    [TestCase("data", "expected a sub-command, found none")]
    public void Data_OfWrongUse_Returns2(string arguments, string words)
    {
        CommandRun run = CommandRun.Of(arguments);
        Assert.That((run.Code, run.Output), Is.EqualTo((ExitCode.Usage, "")));
        Assert.That(run.Error, Does.Contain(words));
    }
}
