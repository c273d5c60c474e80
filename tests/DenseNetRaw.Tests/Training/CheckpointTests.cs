using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

public sealed class CheckpointTests
{
    private const int Seed = 20261122;

    [Test]
    public void Open_WithAnyBitFlipped_NamesTheFile()
    {
        using TemporaryFolder temporary = new();
        string folder = SaveOne(temporary);
        string[] files = Directory.GetFiles(folder);
        long bytes = files.Sum(file => new FileInfo(file).Length);
        Random random = new(Seed);
        int count = LongForm.Count(100, 2000), caught = 0;
        for (int i = 0; i < count; i++)
        {
            long bit = random.NextInt64(8 * bytes);
            int file = 0;
            for (; bit >= 8 * new FileInfo(files[file]).Length; file++)
                bit -= 8 * new FileInfo(files[file]).Length;
            Flip(files[file], bit);
            InvalidDataException? error = Assert.Throws<InvalidDataException>(() => Checkpoint.Open(folder));
            caught += error!.Message.Contains(files[file], StringComparison.Ordinal) ? 1 : 0;
            Flip(files[file], bit);
        }

        TestContext.Out.WriteLine($"{caught} of {count} flipped bits were caught, of {bytes} bytes");
        Assert.That(caught, Is.EqualTo(count));
        Assert.That(Checkpoint.Open(folder).Step, Is.EqualTo(2));
    }

    [Test]
    public void Open_WithEveryBitOfTheManifestsEndFlipped_IsRefused()
    {
        using TemporaryFolder temporary = new();
        string folder = SaveOne(temporary), manifest = Path.Combine(folder, Checkpoint.ManifestFile);
        long bits = 8 * new FileInfo(manifest).Length;
        for (long bit = bits - (8 * 90); bit < bits; bit++)
        {
            Flip(manifest, bit);
            Assert.That(() => Checkpoint.Open(folder), Throws.InstanceOf<InvalidDataException>());
            Flip(manifest, bit);
        }
    }

    [Test]
    public void Open_OfAnotherVersion_NamesBoth()
    {
        using TemporaryFolder temporary = new();
        string folder = SaveOne(temporary), manifest = Path.Combine(folder, Checkpoint.ManifestFile);
        (CheckpointManifest.Read(manifest) with { FormatVersion = 1 }).Write(manifest);
        Assert.That(
            () => Checkpoint.Open(folder),
            Throws.InstanceOf<InvalidDataException>()
                .With.Message.EndsWith("found: format version 1, and this program reads 2"));
    }

    [TestCase("model.safetensors")]
    [TestCase("state.safetensors")]
    [TestCase("manifest.json")]
    public void Open_OfOneThatMissesAFileOrItsEnd_NamesIt(string name)
    {
        using TemporaryFolder temporary = new();
        string folder = SaveOne(temporary), path = Path.Combine(folder, name);
        byte[] bytes = File.ReadAllBytes(path);
        foreach (byte[] other in new[] { bytes[..^1], [], [.. bytes, 0] })
        {
            File.WriteAllBytes(path, other);
            Assert.That(
                () => Checkpoint.Open(folder), Throws.InstanceOf<InvalidDataException>().With.Message.Contains(path));
        }

        File.Delete(path);
        Assert.That(
            () => Checkpoint.Open(folder), Throws.InstanceOf<InvalidDataException>().With.Message.Contains(path));
    }

    [Test]
    public void Save_OfMany_KeepsTheLastAndTheBest()
    {
        using TemporaryFolder temporary = new();
        using ReferenceBackend backend = new();
        TrainingSettings settings = ResumedRun.Settings with
        {
            Checkpoints = new CheckpointSettings { KeepLast = 2, KeepBest = 2 },
        };
        ResumedRun.Run(temporary.File("run"), backend, settings);
        CheckpointManifest[] kept =
            [.. new CheckpointFolder(temporary.File("run")).Folders.Select(path => Checkpoint.Open(path).Manifest)];
        string[] rows = File.ReadAllLines(temporary.File("run/metrics.csv"))[1..^1];
        int[] best = [.. rows.Select(row => row.Split(',')).OrderByDescending(row => double.Parse(
            row[4], System.Globalization.CultureInfo.InvariantCulture)).Take(2).Select(row => int.Parse(
            row[0], System.Globalization.CultureInfo.InvariantCulture))];
        Assert.That(
            kept.Select(manifest => manifest.Position.Epoch), Is.EquivalentTo(best.Concat([6, 7]).Distinct()));
        Assert.That(kept.Select(manifest => manifest.Position.Step).TakeLast(2), Is.EqualTo(new[] { 18, 20 }));
    }

    [Test]
    public void Save_WithManySetAside_KeepsAsManyAsOfTheNewest()
    {
        using TemporaryFolder temporary = new();
        using ReferenceBackend backend = new();
        ResumedRun.Run(temporary.File("run"), backend, ResumedRun.Settings, stopAfter: 2);
        CheckpointFolder checkpoints = new(temporary.File("run"));
        for (int step = 10; step < 15; step++)
        {
            DirectoryInfo old = Directory.CreateDirectory(Path.Combine(checkpoints.FullName, $"step-{step:D8}.old"));
            old.LastWriteTimeUtc = DateTime.UnixEpoch.AddDays(100 - step);
        }

        TrainingSettings settings = ResumedRun.Settings with { Checkpoints = new CheckpointSettings { KeepLast = 2 } };
        ResumedRun.Run(temporary.File("run"), backend, settings with { MaxSteps = 3 }, goesOn: true);
        Assert.That(
            Directory.EnumerateDirectories(checkpoints.FullName, "*.old").Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "step-00000010.old", "step-00000011.old" }));
    }

    [Test]
    public void Save_WithNoneAskedFor_SavesOnlyWhenStopped()
    {
        using TemporaryFolder temporary = new();
        using ReferenceBackend backend = new();
        TrainingSettings settings = ResumedRun.Settings with
        {
            Checkpoints = new CheckpointSettings { EverySteps = 0 },
        };
        ResumedRun.Run(temporary.File("whole"), backend, settings);
        Assert.That(new CheckpointFolder(temporary.File("whole")).Folders, Is.Empty);
        ResumedRun.Run(temporary.File("stopped"), backend, settings, stopAfter: 5);
        Assert.That(
            new CheckpointFolder(temporary.File("stopped")).Folders.Select(Path.GetFileName),
            Is.EqualTo(new[] { "step-00000005" }));
    }

    /// <summary>
    /// Whatever of a save the disk has room for, what was saved before is whole and nothing else is left.
    /// </summary>
    [Test]
    [Platform("Linux")]
    public void Save_OnADiskThatIsFull_LeavesTheOneBefore()
    {
        using SmallDisk disk = new(pages: 64);
        using ReferenceBackend backend = new();
        string folder = Path.Combine(disk.FullName, "run");
        ResumedRun.Run(folder, backend, ResumedRun.Settings with { MaxSteps = 2 });
        CheckpointFolder checkpoints = new(folder);
        Checkpoint before = Checkpoint.Open(checkpoints.Folders[^1]);
        using Trainer trainer = TinyTraining.New(backend, ResumedRun.Settings);
        trainer.Resume(before);
        CheckpointManifest later = before.Manifest with
        {
            Position = before.Manifest.Position with { Step = 3 },
            TestAccuracy = null,
        };
        int refused = 0;
        for (int pages = 0; pages < 20; pages++)
        {
            disk.Fill(pages);
            try
            {
                checkpoints.Save(trainer.Session, later, new CheckpointSettings());
                break;
            }
            catch (IOException)
            {
                refused++;
            }

            Assert.That(Directory.GetDirectories(checkpoints.FullName), Is.EqualTo(new[] { before.FullName }));
            Assert.That(Checkpoint.Open(before.FullName).Step, Is.EqualTo(2));
        }

        TestContext.Out.WriteLine($"a full disk refused {refused} saves");
        Assert.That(refused, Is.InRange(5, 19));
        Assert.That(checkpoints.Folders.Select(path => Checkpoint.Open(path).Step), Is.EqualTo(new[] { 2, 3 }));
    }

    [TestCase("../outside")]
    [TestCase("notes.txt")]
    public void Open_OfAManifestThatNamesAnotherFile_ReadsNoneOfIt(string name)
    {
        using TemporaryFolder temporary = new();
        string folder = SaveOne(temporary), path = Path.Combine(folder, Checkpoint.ManifestFile);
        File.WriteAllText(Path.Combine(folder, name), "text");
        CheckpointManifest manifest = CheckpointManifest.Read(path);
        (manifest with { Files = [.. manifest.Files, CheckpointFile.Of(folder, name)] }).Write(path);
        Assert.That(
            () => Checkpoint.Open(folder),
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo(
                $"{path}: expected a checkpoint's manifest, found: a file '{name}' of 4 bytes"));
    }

    /// <summary>A device has no end to hash up to.</summary>
    [Test]
    [Platform("Linux")]
    public void Open_WithADeviceInPlaceOfAFile_IsRefusedAtOnce()
    {
        using TemporaryFolder temporary = new();
        string folder = SaveOne(temporary), state = Path.Combine(folder, Checkpoint.StateFile);
        File.Delete(state);
        File.CreateSymbolicLink(state, "/dev/zero");
        Task<InvalidDataException?> open =
            Task.Run(() => Assert.Throws<InvalidDataException>(() => Checkpoint.Open(folder)));
        Assert.That(open.Wait(TimeSpan.FromMinutes(2)), "it is still being read");
        Assert.That(open.Result!.Message, Does.StartWith(state).And.Contain("found 0; the file is damaged"));
    }

    [Test]
    public void Manifest_WithADangerousClassName_SpellsItOutAndReadsItBack()
    {
        using TemporaryFolder temporary = new();
        string path = Path.Combine(SaveOne(temporary), Checkpoint.ManifestFile);
        CheckpointManifest manifest = CheckpointManifest.Read(path);
        TrainedModel model = new(manifest.Model.Configuration, ["\u202Egnp", "ü"], manifest.Model.Normalization);
        (manifest with { Model = model }).Write(path);
        Assert.That(File.ReadAllText(path), Does.Contain("\\u202Egnp").And.Not.Contain('\u202E'));
        Assert.That(CheckpointManifest.Read(path).Model.ClassNames, Is.EqualTo(model.ClassNames));
    }

    [TestCase(-1, 2, 1, "--checkpoint-every")]
    [TestCase(1, 0, 1, "--keep-last")]
    [TestCase(1, 1, -1, "--keep-best")]
    public void Settings_ThatAreImpossible_NameTheFlag(int every, int last, int best, string flag) => Assert.That(
        () => new CheckpointSettings { EverySteps = every, KeepLast = last, KeepBest = best }.Validate(),
        Throws.ArgumentException.With.Message.StartsWith(flag));

    /// <summary>The checkpoint of a run that was stopped after two steps.</summary>
    private static string SaveOne(TemporaryFolder temporary)
    {
        using ReferenceBackend backend = new();
        ResumedRun.Run(temporary.File("run"), backend, ResumedRun.Settings, stopAfter: 2);
        return new CheckpointFolder(temporary.File("run")).Folders.Single();
    }

    private static void Flip(string file, long bit)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite);
        stream.Position = bit / 8;
        int value = stream.ReadByte();
        stream.Position = bit / 8;
        stream.WriteByte((byte)(value ^ (1 << (int)(bit % 8))));
    }
}
