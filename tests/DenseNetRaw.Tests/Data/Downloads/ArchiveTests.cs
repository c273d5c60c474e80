using System.Formats.Tar;
using DenseNetRaw.Data.Downloads;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Data.Downloads;

/// <summary>Test S5: archives that want out of their folder, or more than their share.</summary>
public class ArchiveTests
{
    private static readonly ArchiveMember[] Members =
        [new("first.bin", 3000), new("second.bin", 1000), new("names.txt", 100, IsText: true)];

    private static IEnumerable<TestCaseData<byte[], string>> Attacks =>
    [
        Attack("parent", w => TestArchive.AddFile(w, "../x", [1]), "found RegularFile '../x'"),
        Attack("parent of the folder", w =>
            TestArchive.AddFile(w, "set/../../first.bin", TestArchive.First), "found RegularFile"),
        Attack("absolute", w => TestArchive.AddFile(w, "/tmp/densenet-attack", [1]), "'/tmp/densenet-attack'"),
        Attack("symbolic link", w =>
            TestArchive.Add(w, TarEntryType.SymbolicLink, "set/names.txt", "/etc/passwd"), "found SymbolicLink"),
        Attack("hard link", w =>
            TestArchive.Add(w, TarEntryType.HardLink, "set/names.txt", "/etc/passwd"), "found HardLink"),
        Attack("link of the folder", w =>
            TestArchive.Add(w, TarEntryType.SymbolicLink, "set", "/tmp"), "found SymbolicLink 'set'"),
        Attack("fifo", w => TestArchive.Add(w, TarEntryType.Fifo, "set/names.txt"), "found Fifo"),
        Attack("another folder", w => TestArchive.Add(w, TarEntryType.Directory, "other/"), "found Directory 'other/'"),
        Attack("duplicate", w => TestArchive.AddFile(w, "set/first.bin", TestArchive.First), "found it twice"),
        Attack("unknown", w => TestArchive.AddFile(w, "set/run.sh", [1]), "'set/run.sh'"),
        Attack("escapes", w => TestArchive.AddFile(w, "set/\u001b[31m", [1]), "'set/??31m'"),
        Attack("long text", w => TestArchive.AddFile(w, "set/names.txt", new byte[101]), "of 100 bytes, found 101"),
        new TestCaseData<byte[], string>(
            TestArchive.Of(TarEntryFormat.Ustar, w => TestArchive.AddFile(w, "set/first.bin", new byte[2999])),
                "of 3000 bytes, found 2999")
            .SetArgDisplayNames("short member"),
        new TestCaseData<byte[], string>(
            TestArchive.Of(TarEntryFormat.Ustar, w => TestArchive.AddFile(w, "set/first.bin", TestArchive.First)),
                "expected set/second.bin")
            .SetArgDisplayNames("missing member"),
        new TestCaseData<byte[], string>(
            TestArchive.Zipped(s => s.Write(TestArchive.Header("set/first.bin", '0', "120000000000"))),
                "found 10737418240")
            .SetArgDisplayNames("10 GiB by its header"),
        new TestCaseData<byte[], string>(
            TestArchive.Zipped(s => s.Write(TestArchive.Header("set/first.bin", '0', "5670"))),
                "of 3000 bytes, found 0").SetArgDisplayNames("cut"),
        new TestCaseData<byte[], string>(
            TestArchive.Zipped(s => s.Write(TestArchive.Header("././@PaxHeader", 'x', "14000000000"))), "damaged")
            .SetArgDisplayNames("extended header of 1.5 GiB"),
        new TestCaseData<byte[], string>(TestArchive.Zipped(s => s.Write(new byte[1 << 20])), "expected set/first.bin")
            .SetArgDisplayNames("zeros"),
        new TestCaseData<byte[], string>(TestArchive.Good()[..500], "bytes, found").SetArgDisplayNames("broken off"),
        new TestCaseData<byte[], string>("not gzip at all"u8.ToArray(), "damaged").SetArgDisplayNames("no gzip"),
        new TestCaseData<byte[], string>([], "damaged").SetArgDisplayNames("empty"),
    ];

    [Test]
    public void Unpack_OfTheExpectedFiles_WritesThemAlone()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("a.tar.gz"), TestArchive.Good());
        IReadOnlyList<string> names = new Archive(folder.File("a.tar.gz"), "set", Members).Unpack(folder.FullName);
        Assert.That(names, Is.EqualTo(new[] { "first.bin", "second.bin", "names.txt" }));
        Assert.That(File.ReadAllBytes(folder.File("first.bin")), Is.EqualTo(TestArchive.First));
        Assert.That(File.ReadAllText(folder.File("names.txt")), Is.EqualTo("a\nb\n"));
        Assert.That(Directory.GetFileSystemEntries(folder.FullName), Has.Length.EqualTo(4));
    }

    [TestCaseSource(nameof(Attacks))]
    public void Unpack_OfAnythingElse_IsRefusedAndLeavesNothing(byte[] archive, string words)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("a.tar.gz"), archive);
        Assert.That(
            () => new Archive(folder.File("a.tar.gz"), "set", Members).Unpack(folder.FullName),
            Throws.TypeOf<InvalidDataException>().With.Message.StartsWith(
                $"{folder.File("a.tar.gz")}: expected ").And.Message.Contains(words));
        Assert.That(Directory.GetFileSystemEntries(folder.FullName), Has.Length.EqualTo(1));
        Assert.That(File.Exists("/tmp/densenet-attack"), Is.False);
    }

    [Test]
    public void Unpack_OfEndlessFolders_EndsEarly()
    {
        int members = LongForm.Count(20_000, 1_000_000);
        byte[] archive = TestArchive.Zipped(stream =>
        {
            byte[] header = TestArchive.Header("set/", '5', "0");
            for (int i = 0; i < members; i++)
                stream.Write(header);
        });
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder.File("a.tar.gz"), archive);
        Assert.That(
            () => new Archive(folder.File("a.tar.gz"), "set", Members).Unpack(folder.FullName),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("bytes unpacked, found more"));
    }

    private static TestCaseData<byte[], string> Attack(string name, Action<TarWriter> evil, string words) =>
        new TestCaseData<byte[], string>(TestArchive.With(after: evil), words).SetArgDisplayNames(name);
}
