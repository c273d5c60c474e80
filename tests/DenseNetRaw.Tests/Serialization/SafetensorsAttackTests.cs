using System.Buffers.Binary;
using System.Text;
using DenseNetRaw.Serialization;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Serialization;

/// <summary>
/// Headers that were made to do harm: each is refused as <see cref="InvalidDataException"/>, before much is allocated.
/// </summary>
[NonParallelizable]
public sealed class SafetensorsAttackTests
{
    private const int MostBytesOfARefusal = 1 << 20;

    private static readonly string Whole =
        """{"dtype":"U8","shape":[4],"data_offsets":[0,4]}""";

    /// <summary>
    /// The attacks that were published against readers of the format: header, bytes of data, words of the refusal.
    /// </summary>
    private static IEnumerable<TestCaseData> Attacks()
    {
        static TestCaseData Attack(string name, string header, int data, string words) =>
            new TestCaseData(Encoding.UTF8.GetBytes(header), data, words).SetArgDisplayNames(name);
        yield return Attack(
            "one name twice",
            $$"""{"x":{{Whole}},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]} }""", 4, "Duplicate key 'x'");
        yield return Attack(
            "one name twice, once escaped", $$"""{"x":{{Whole}},"\u0078":{{Whole}}}""", 4, "Duplicate key 'x'");
        yield return Attack(
            "one key of an entry twice", """{"x":{"dtype":"U8","dtype":"F32","shape":[4],"data_offsets":[0,4]}}""", 4,
            "Duplicate");
        yield return Attack(
            "one key of an entry twice, once escaped",
            """{"x":{"dtype":"U8","shape":[4],"\u0073hape":[2],"data_offsets":[0,4]}}""", 4, "Duplicate");
        yield return Attack(
            "metadata twice", $$"""{"__metadata__":{"a":"1"},"__metadata__":{"a":"2"},"x":{{Whole}}}""", 4,
            "Duplicate key '__metadata__'");
        yield return Attack(
            "a key of the metadata twice", $$"""{"__metadata__":{"a":"1","a":"2"},"x":{{Whole}}}""", 4, "Duplicate");
        yield return Attack(
            "a product that wraps to 4",
            """{"x":{"dtype":"U8","shape":[4194305,4194305,211106198978564],"data_offsets":[0,4]}}""", 4,
            "fewer than 2^60 bytes");
        yield return Attack(
            "bits that wrap to 32",
            """{"x":{"dtype":"F64","shape":[288230376151711745],"data_offsets":[0,4]}}""", 4, "fewer than 2^60 bytes");
        yield return Attack(
            "an overflow hidden behind a 0",
            """{"x":{"dtype":"U8","shape":[9223372036854775807,9223372036854775807,0],"data_offsets":[0,0]}}""", 0,
            "fewer than 2^60 bytes");
        yield return Attack(
            "an empty tensor inside another",
            $$"""{"x":{{Whole}},"y":{"dtype":"U8","shape":[0],"data_offsets":[2,2]} }""", 4,
            "expected tensor 'y' to begin at data offset 4, found 2");
        yield return Attack(
            "two names for the same bytes", $$"""{"x":{{Whole}},"y":{{Whole}}}""", 4,
            "expected tensor 'y' to begin at data offset 4, found 0");
        yield return Attack(
            "offsets backwards", """{"x":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}""", 4, "[4, 0]");
        yield return Attack(
            "a negative offset", """{"x":{"dtype":"U8","shape":[4],"data_offsets":[-4,0]}}""", 4, "found -4");
        yield return Attack(
            "an offset beyond 2^63",
            """{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,9223372036854775808]}}""", 4, "9223372036854775808");
        yield return Attack(
            "an offset with a fraction", """{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4.0]}}""", 4, "4.0");
        yield return Attack(
            "an extent as a power", """{"x":{"dtype":"U8","shape":[4e0],"data_offsets":[0,4]}}""", 4, "4e0");
        yield return Attack(
            "a hole", """{"x":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6, "at data offset 0, found 2");
        yield return Attack(
            "bytes at the end", $$"""{"x":{{Whole}}}""", 5, "expected 4 bytes of data after the header, found 5");
        yield return Attack(
            "bytes missing", $$"""{"x":{{Whole}}}""", 3, "expected 4 bytes of data after the header, found 3");
        yield return Attack("nesting", $"{{\"x\":{new string('[', 100_000)}", 0, "a header in JSON");
        yield return Attack(
            "nesting in an extent", """{"x":{"dtype":"U8","shape":[[4]],"data_offsets":[0,4]}}""", 4,
            "a header in JSON");
        yield return Attack("a second document", $$"""{"x":{{Whole}}}{"y":{{Whole}}}""", 4, "a header in JSON");
        yield return Attack("a comment", $$"""{"x":{{Whole}}/**/}""", 4, "a header in JSON");
        yield return Attack("a comma at the end", $$"""{"x":{{Whole}},}""", 4, "a header in JSON");
        yield return Attack("bytes that are 0 behind it", $$"""{"x":{{Whole}}}""" + "\0\0", 4, "a header in JSON");
        yield return Attack("a byte order mark", "\uFEFF" + $$"""{"x":{{Whole}}}""", 4, "beginning with '{'");
        yield return Attack("a space before it", $$""" {"x":{{Whole}}}""", 4, "beginning with '{'");
        yield return Attack("half a surrogate", $$"""{"\ud800":{{Whole}}}""", 4, "a header in JSON");
        yield return Attack(
            "a pickle", "\u0080\u0002c" + "posix\nsystem\n(S'id'\ntR.", 0, "beginning with '{'");
    }

    [TestCaseSource(nameof(Attacks))]
    public void Read_OfAPublishedAttack_SaysWhatIsWrong(byte[] header, int dataBytes, string words)
    {
        (InvalidDataException error, long allocated) = Refused(FileOf(header, dataBytes));
        Assert.That(error.Message, Does.StartWith("attack: expected ").And.Contain(words));
        Assert.That(allocated, Is.LessThan(MostBytesOfARefusal));
    }

    [Test]
    public void Read_OfEmptyTensorsBetweenOthers_IsNoAttack()
    {
        const string Header = """
            {"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"e":{"dtype":"U8","shape":[0],"data_offsets":[4,4]},
            "first":{"dtype":"F32","shape":[3,0],"data_offsets":[0,0]},
            "y":{"dtype":"U8","shape":[],"data_offsets":[4,5]}}
            """;
        using MemoryStream stream = new(FileOf(Encoding.UTF8.GetBytes(Header), 5));
        Assert.That(
            SafetensorsHeader.Read("good", stream).Entries.Select(entry => entry.Name),
            Is.EqualTo(new[] { "first", "x", "e", "y" }));
    }

    [Test]
    public void Read_OfAHeaderInManyPieces_IsTheHeader()
    {
        // A million bytes, with entries and texts across every border of the pieces, and spaces for a whole one.
        StringBuilder header = new("{\"__metadata__\":{\"text\":\"" + new string('é', 100_000) + "\"}");
        const int Count = 9_000;
        for (int i = 0; i < Count; i++)
            header.Append($",\"tensor {i}\":{{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[{i},{i + 1}]}}");
        header.Append(' ', 700_000).Append('}').Append(' ', 300_000);
        using MemoryStream stream = new(FileOf(Encoding.UTF8.GetBytes($"{header}"), Count));
        SafetensorsHeader read = SafetensorsHeader.Read("good", stream);
        Assert.That(
            read.Entries.Select(entry => entry.Name),
            Is.EqualTo(Enumerable.Range(0, Count).Select(i => $"tensor {i}")));
        Assert.That(read.Metadata["text"], Has.Length.EqualTo(100_000));
        Assert.That(stream.Length - stream.Position, Is.EqualTo(Count));
    }

    [TestCase(1UL << 63, 64, "", "a safetensors file, found one that begins with 0000000000000080")]
    [TestCase(ulong.MaxValue, 64, "", "a safetensors file, found one that begins with FFFFFFFFFFFFFFFF")]
    [TestCase(100_000_001UL, 200_000_000, "", "header of at most 100000000 bytes, found 100000001")]
    [TestCase(100_000_000UL, 64, "", "header of at most the 64 bytes that follow, found 100000000")]
    [TestCase(100_000_000UL, 100_000_000, "", "beginning with '{', found byte 0x20")]
    [TestCase(100_000_000UL, 100_000_000, "{", "a header in JSON")]
    [TestCase(100_000_000UL, 100_000_000, "{\"x\":\"", "entries have at most 524288 bytes each, found a longer one")]
    [TestCase(100_000_000UL, 100_000_000, "{\"__metadata__\":{\"", "entries have at most 524288 bytes each")]
    public void Read_OfAHeaderThatClaimsMuch_RefusesBeforeItAllocates(
        ulong length, long follow, string begin, string words)
    {
        using ClaimedFile file = new(length, Encoding.UTF8.GetBytes(begin), follow);
        (InvalidDataException error, long allocated) = Refused(file);
        Assert.That(error.Message, Does.Contain(words));
        Assert.That(allocated, Is.LessThan(MostBytesOfARefusal));
    }

    [Test]
    public void Read_OfTensorsThatAreNotThere_RefusesBeforeItAllocates()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("claims");
        File.WriteAllBytes(path, FileOf(
            Encoding.UTF8.GetBytes("""{"x":{"dtype":"F32","shape":[25000000],"data_offsets":[0,100000000]}}"""), 8));
        SafetensorsHeader.Read("warm", new MemoryStream(FileOf("{}"u8.ToArray(), 0)));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(
            () => SafetensorsFile.Read(path),
            Throws.TypeOf<InvalidDataException>()
                .With.Message.Contains("100000000 bytes of data after the header, found 8"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(MostBytesOfARefusal));
    }

    [Test]
    public void Read_OfMutatedHeaders_GivesAHeaderOrInvalidDataInLittleMemory()
    {
        const int Seed = 20_251_122, MostBytesOfARead = 64 << 10;
        int count = LongForm.Count(20_000, 1_000_000), refused = 0;
        byte[] good = GoodFile();
        System.Random random = new(Seed);
        long most = 0;
        Refused(FileOf("{"u8.ToArray(), 0)); // the first exception of a process costs more
        for (int i = 0; i < count; i++)
        {
            byte[] file = Mutated(good, random);
            using MemoryStream stream = new(file);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                SafetensorsHeader.Read("mutated", stream);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"mutation {i} of seed {Seed}, {Convert.ToBase64String(file)}: {e}");
            }

            most = Math.Max(most, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        TestContext.Out.WriteLine($"{count} mutations, {refused} refused, at most {most} bytes allocated for one");
        Assert.That(refused, Is.InRange(count / 2, count - 1));
        Assert.That(most, Is.LessThan(MostBytesOfARead));
    }

    private static (InvalidDataException Error, long AllocatedBytes) Refused(byte[] file)
    {
        using MemoryStream stream = new(file);
        return Refused(stream);
    }

    private static (InvalidDataException Error, long AllocatedBytes) Refused(Stream stream)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            SafetensorsHeader.Read("attack", stream);
        }
        catch (InvalidDataException error)
        {
            return (error, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        throw new AssertionException("it was read");
    }

    private static byte[] FileOf(byte[] header, int dataBytes)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. new byte[dataBytes]];
    }

    /// <summary>3.5 kB of header: a network's first layers.</summary>
    private static byte[] GoodFile()
    {
        StringBuilder header = new("""{"__metadata__":{"format":"pt","densenet":"{\"classes\":10}"}""");
        int offset = 0;
        for (int i = 0; i < 38; i++)
        {
            header.Append($",\"features.denseblock1.denselayer{i}.conv1.weight\":");
            header.Append($"{{\"dtype\":\"F32\",\"shape\":[2,1,3],\"data_offsets\":[{offset},{offset += 24}]}}");
        }

        return FileOf(Encoding.UTF8.GetBytes($"{header}}}"), offset);
    }

    /// <summary>One to three changes of bytes, digits, runs and words, most of them within the header.</summary>
    private static byte[] Mutated(byte[] file, System.Random random)
    {
        string[] words =
        [
            "9223372036854775807", "-1", "1e9", "[[", "{{", "null", "\\ud800", "\"dtype\"", "\"__metadata__\":", ",",
            "\0", "18446744073709551616",
        ];
        List<byte> bytes = [.. file];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int place = random.Next(8, bytes.Count), length = Math.Min(random.Next(1, 60), bytes.Count - place);
            switch (random.Next(7))
            {
                case 0: bytes[place] = (byte)random.Next(256); break;
                case 1: bytes[place] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(place, length); break;
                case 3: bytes.InsertRange(random.Next(8, bytes.Count), bytes.GetRange(place, length)); break;
                case 4: bytes.InsertRange(place, Encoding.UTF8.GetBytes(words[random.Next(words.Length)])); break;
                case 5: bytes[random.Next(8)] = (byte)random.Next(256); break;
                default:
                    int digit = bytes.FindIndex(place, b => b is >= (byte)'0' and <= (byte)'9');
                    bytes[digit < 0 ? place : digit] = (byte)('0' + random.Next(10));
                    break;
            }
        }

        // Mostly the length still fits, so that the mutation reaches the parser.
        if (random.Next(4) != 0)
        {
            int data = file.Length - 8 - BinaryPrimitives.ReadInt32LittleEndian(file);
            BinaryPrimitives.WriteInt64LittleEndian(
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes), Math.Max(0, bytes.Count - 8 - data));
        }

        return [.. bytes];
    }

    /// <summary>A file that claims a header of some length, begins it, and goes on with spaces.</summary>
    private sealed class ClaimedFile(ulong headerBytes, byte[] begin, long follow) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => 8 + follow;

        public override long Position { get; set; }

        public override int Read(Span<byte> buffer)
        {
            int count = (int)Math.Min(buffer.Length, Length - Position);
            byte[] length = BitConverter.GetBytes(headerBytes);
            for (int i = 0; i < count; i++)
            {
                long at = Position + i;
                buffer[i] = at < 8 ? length[at] : at - 8 < begin.Length ? begin[at - 8] : (byte)' ';
            }

            Position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
