using System.Security.Cryptography;
using DenseNetRaw.Data.Downloads;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Data.Downloads;

public class DataDownloadTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly byte[] Archive = TestArchive.Good();

    [Test]
    public async Task Run_FromAMirror_LeavesTheFilesAndTheirChecksums()
    {
        using LocalServer server = NewServer();
        using TemporaryFolder folder = new();
        List<DownloadState> states = [];
        DataDownload download = new(Data(), folder.File("data"));
        Assert.That(download.IsDone(), Is.False);
        await download.RunAsync(server.Address, states.Add, Patience, CancellationToken.None);
        Assert.That(Names(folder), Is.EqualTo("checksums.sha256 first.bin names.txt second.bin set.tar.gz"));
        Assert.That(states[^1], Is.EqualTo(new DownloadState("set.tar.gz", Archive.Length, Archive.Length)));
        Assert.That(
            Checksums.Recorded(folder.File("data"))["second.bin"],
                Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(TestArchive.Second))));

        Assert.That(download.IsDone());
        await download.RunAsync(server.Address, states.Add, Patience, CancellationToken.None);
        Assert.That(server.Requests, Has.Count.EqualTo(1), "what is there is not fetched again");

        File.WriteAllBytes(folder.File("data/first.bin"), new byte[3000]);
        Assert.That(
            () => download.IsDone(),
                Throws.TypeOf<InvalidDataException>().With.Message.StartsWith(folder.File("data/first.bin")));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Run_AfterABrokenConnection_GoesOnWhereItEnded(bool ignoresRanges)
    {
        using LocalServer server = NewServer();
        using TemporaryFolder folder = new();
        server.CutAfter = 300;
        InvalidDataException broken = await FailureAsync(server, folder, Data());
        Assert.That(broken.Message, Does.Contain("set.tar.gz").And.Contain("300 bytes are kept"));
        Assert.That(Names(folder), Is.EqualTo("set.tar.gz.partial"));

        server.CutAfter = null;
        server.IgnoresRanges = ignoresRanges;
        await RunAsync(server, folder, Data());
        Assert.That(server.Requests, Is.EqualTo(new long?[] { null, 300 }));
        Assert.That(File.ReadAllBytes(folder.File("data/first.bin")), Is.EqualTo(TestArchive.First));
    }

    [Test]
    public async Task Run_WithAPartThatIsLongerThanTheFile_BeginsAnew()
    {
        using LocalServer server = NewServer();
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("data"));
        File.WriteAllBytes(folder.File("data/set.tar.gz.partial"), new byte[Archive.Length + 5]);
        await RunAsync(server, folder, Data());
        Assert.That(server.Requests, Is.EqualTo(new long?[] { Archive.Length + 5, null }));
    }

    [Test]
    public async Task Run_WithAWholePartOfTheRightSize_AsksForNothing()
    {
        using LocalServer server = NewServer();
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("data"));
        File.WriteAllBytes(folder.File("data/set.tar.gz.partial"), Archive);
        await RunAsync(server, folder, Data());
        Assert.That(server.Requests, Is.Empty);
    }

    [Test]
    public async Task Run_OfAFileWithAnotherMd5_RefusesAndDeletesIt()
    {
        using LocalServer server = NewServer();
        using TemporaryFolder folder = new();
        server.Files["set.tar.gz"] = [.. Archive[..^1], (byte)(Archive[^1] ^ 1)];
        InvalidDataException wrong = await FailureAsync(server, folder, Data());
        Assert.That(
            wrong.Message, Does.Contain("/mirror/set.tar.gz: expected set.tar.gz with MD5").And.Contain("deleted"));
        Assert.That(Names(folder), Is.Empty);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Run_OfAFileOfAnotherSize_Refuses(bool hidesLength)
    {
        using LocalServer server = NewServer();
        using TemporaryFolder folder = new();
        server.HidesLength = hidesLength;
        server.Files["set.tar.gz"] = [.. Archive, 1];
        InvalidDataException wrong = await FailureAsync(server, folder, Data());
        Assert.That(wrong.Message, Does.Contain("set.tar.gz: expected").And.Contain("bytes, found"));
        Assert.That(Names(folder), Is.Empty.Or.EqualTo("set.tar.gz.partial"));
        Assert.That(File.Exists(folder.File("data/first.bin")), Is.False);
    }

    [TestCase(1L << 40, 0)]
    [TestCase(long.MaxValue, 0)]
    [TestCase((1L << 31) - 2, 3)]
    public async Task Run_OfAFileOfUnknownSizeThatClaimsToFillTheDisk_Refuses(long claimed, int have)
    {
        using LocalServer server = NewServer();
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder.File("data"));
        File.WriteAllBytes(folder.File("data/set.tar.gz.partial"), new byte[have]);
        server.ClaimedLength = claimed;
        InvalidDataException wrong = await FailureAsync(
            server, folder, Data() with { Files = [new("set.tar.gz", Md5(Archive), null)] });
        Assert.That(wrong.Message, Does.EndWith("set.tar.gz: expected at most 2,147,483,648 bytes, found more"));
        Assert.That(Names(folder), Is.Empty);
    }

    [Test]
    public async Task Run_OfAMissingFile_SaysSo()
    {
        using LocalServer server = new();
        using TemporaryFolder folder = new();
        InvalidDataException missing = await FailureAsync(server, folder, Data());
        Assert.That(missing.Message, Does.Contain("set.tar.gz: expected the file, found 404 Not Found"));
        Assert.That(Names(folder), Is.Empty);
    }

    [Test]
    public async Task Run_WhenTheServerSaysNothing_GivesUp()
    {
        using LocalServer server = NewServer();
        using TemporaryFolder folder = new();
        server.IsSilent = true;
        InvalidDataException silent = await FailureAsync(server, folder, Data(), TimeSpan.FromSeconds(0.3));
        Assert.That(silent.Message, Does.Contain("found: nothing for 0.3 seconds"));
    }

    [Test]
    public async Task Run_OfAnArchiveWithOtherFiles_UnpacksNothing()
    {
        using LocalServer server = new();
        using TemporaryFolder folder = new();
        byte[] evil = TestArchive.With(after: writer => TestArchive.AddFile(writer, "../x", [1]));
        server.Files["set.tar.gz"] = evil;
        InvalidDataException refused = await FailureAsync(server, folder, Data(evil));
        Assert.That(refused.Message, Does.Contain("'../x'"));
        Assert.That(Names(folder), Is.EqualTo("set.tar.gz"));
    }

    private static LocalServer NewServer() => new() { Files = { ["set.tar.gz"] = Archive } };

    private static OfficialData Data(byte[]? archive = null) => new()
    {
        Name = "set",
        Address = new Uri("http://127.0.0.1:9/"),
        Files = [new("set.tar.gz", Md5(archive ?? Archive), (archive ?? Archive).Length)],
        ArchiveFolder = "set",
        Members = [new("first.bin", 3000), new("second.bin", 1000), new("names.txt", 100, IsText: true)],
    };

    private static string Md5(byte[] bytes)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        hash.AppendData(bytes);
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private static Task RunAsync(
        LocalServer server, TemporaryFolder folder, OfficialData data, TimeSpan? patience = null) =>
        new DataDownload(data, folder.File("data")).RunAsync(
            server.Address, _ => { }, patience ?? Patience, CancellationToken.None);

    private static async Task<InvalidDataException> FailureAsync(
        LocalServer server, TemporaryFolder folder, OfficialData data, TimeSpan? patience = null)
    {
        try
        {
            await RunAsync(server, folder, data, patience);
        }
        catch (InvalidDataException e)
        {
            return e;
        }

        throw new AssertionException("nothing was refused");
    }

    private static string Names(TemporaryFolder folder) => string.Join(
        ' ', Directory.GetFileSystemEntries(folder.File("data")).Select(path => Path.GetFileName(path)).Order(
            StringComparer.Ordinal));
}
