using System.Buffers.Binary;
using System.Text;
using DenseNetRaw.Serialization;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Serialization;

public class SafetensorsFileTests
{
    [Test]
    public void WriteThenRead_OfAllThreeTypes_GivesTheSameTensors()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("a.safetensors");
        float[] weight = [1f, -2f, float.NaN, float.Epsilon, 0f, -0f];
        Dictionary<string, string> metadata = new() { ["model"] = "densenet-40-12", ["ü"] = "\"\\\n" };
        SafetensorsFile.Write(
            path,
            [
                SafetensorsTensor.Create("weight", [2, 1, 3], weight),
                SafetensorsTensor.Create("steps", [], [long.MinValue]),
                SafetensorsTensor.Create("Ω\"", [2], [double.MaxValue, 0.1]),
                SafetensorsTensor.Create("none", [0, 5], ReadOnlySpan<float>.Empty),
            ],
            metadata);

        SafetensorsFile file = SafetensorsFile.Read(path);

        Assert.That(file.Metadata, Is.EquivalentTo(metadata));
        Assert.That(string.Join(' ', file.Tensors.Keys), Is.EqualTo("steps Ω\" none weight"));
        Assert.That(file.Tensors["weight"].Shape, Is.EqualTo(new long[] { 2, 1, 3 }));
        Assert.That(
            file.Tensors["weight"].ToSingles().Select(BitConverter.SingleToUInt32Bits),
            Is.EqualTo(weight.Select(BitConverter.SingleToUInt32Bits)));
        Assert.That(file.Tensors["steps"].Shape, Is.Empty);
        Assert.That(file.Tensors["steps"].ToIntegers(), Is.EqualTo(new[] { long.MinValue }));
        Assert.That(file.Tensors["Ω\""].ToDoubles(), Is.EqualTo(new[] { double.MaxValue, 0.1 }));
        Assert.That(file.Tensors["none"].ToSingles(), Is.Empty);
    }

    [Test]
    public void Write_OfTensorsInAnyOrder_GivesTheSameBytes()
    {
        using TemporaryFolder folder = new();
        SafetensorsTensor[] tensors =
        [
            SafetensorsTensor.Create("b", [1], [1f]),
            SafetensorsTensor.Create("a", [1], [2f]),
            SafetensorsTensor.Create("c", [1], [3L]),
        ];
        SafetensorsFile.Write(folder.File("1"), tensors);
        SafetensorsFile.Write(folder.File("2"), tensors.Reverse());

        Assert.That(File.ReadAllBytes(folder.File("2")), Is.EqualTo(File.ReadAllBytes(folder.File("1"))));
    }

    [Test]
    public void Write_OfASmallFile_GivesTheBytesOfTheFormat()
    {
        using TemporaryFolder folder = new();
        SafetensorsFile.Write(folder.File("a"), [SafetensorsTensor.Create("x", [1, 1], [1f])]);

        const string Header = """{"x":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}""";
        byte[] expected = FileOf(Header.PadRight(56), [0, 0, 0x80, 0x3F]);
        Assert.That(File.ReadAllBytes(folder.File("a")), Is.EqualTo(expected));
    }

    [Test]
    public void Write_ThatFails_LeavesTheOldFileAndNothingElse()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("a"), "old");

        Assert.That(
            () => WholeFile.Write(folder.File("a"), stream =>
            {
                stream.WriteByte(1);
                throw new IOException("disk full");
            }),
            Throws.TypeOf<IOException>());
        Assert.That(File.ReadAllText(folder.File("a")), Is.EqualTo("old"));
        Assert.That(Directory.GetFiles(folder.FullName), Has.Length.EqualTo(1));
    }

    [Test]
    public void Write_OfOneNameTwice_Throws()
    {
        SafetensorsTensor tensor = SafetensorsTensor.Create("x", [1], [1f]);
        Assert.That(
            () => SafetensorsFile.Write("never-written", [tensor, tensor]),
            Throws.ArgumentException.With.Message.EqualTo("The tensor name 'x' is reserved or used twice."));
        Assert.That(File.Exists("never-written"), Is.False);
    }

    [Test]
    public void Create_OfTooFewValues_Throws() =>
        Assert.That(
            () => SafetensorsTensor.Create("x", [2, 3], [1f]),
            Throws.ArgumentException.With.Message.EqualTo("Tensor 'x' of shape [2, 3] takes 6 values, not 1."));

    [Test]
    public void Conversions_BetweenF32AndF64_KeepOrRoundTheValue()
    {
        Assert.That(SafetensorsTensor.Create("x", [1], [0.1f]).ToDoubles().Single(), Is.EqualTo((double)0.1f));
        Assert.That(SafetensorsTensor.Create("x", [1], [0.1]).ToSingles().Single(), Is.EqualTo(0.1f));
    }

    [Test]
    public void ToSingles_OfATypeThatIsNotRead_NamesFileTensorAndTypes()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("a");
        File.WriteAllBytes(path, FileOf("""{"x":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}""", [0, 0]));

        SafetensorsTensor tensor = SafetensorsFile.Read(path).Tensors["x"];

        Assert.That(
            tensor.ToSingles,
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo(
                $"{path}: tensor 'x' should have elements of type F32 or F64, found BF16."));
    }

    [Test]
    public void Read_OfAMissingFile_SaysSo() =>
        Assert.That(
            () => SafetensorsFile.Read("no-such.safetensors"),
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo(
                "no-such.safetensors: expected a safetensors file, found no file of that name."));

    // The header with D, S, O for dtype, shape, data_offsets; the number of data bytes after it; the sentence.
    [TestCase("PK\u0003\u0004", 0, "expected a safetensors header beginning with '{', found byte 0x50.")]
    [TestCase("", 0, "expected a safetensors header beginning with '{', found an empty one.")]
    [TestCase("{", 0, "expected a header in JSON without duplicate keys")]
    [TestCase("{} {}", 0, "expected a header in JSON without duplicate keys")]
    [TestCase("""{"\ud800":{D:"U8",S:[],O:[0,1]}}""", 1, "expected a header in JSON")]
    [TestCase("""{"x":[[[[[[1]]]]]]}""", 0, "expected a header in JSON")]
    [TestCase("""{"x":{D:"U8",S:[1],O:[0,1]},"x":{D:"U8",S:[1],O:[0,1]}}""", 1, "Duplicate")]
    [TestCase("""{"x":{D:"U8",D:"F32",S:[1],O:[0,4]}}""", 4, "Duplicate")]
    [TestCase("""{"x":1}""", 0, "expected an object for tensor 'x', found Number.")]
    [TestCase("""{"__metadata__":[]}""", 0, "expected an object under __metadata__, found Array.")]
    [TestCase("""{"__metadata__":{"a":1}}""", 0, "expected text under __metadata__ 'a', found Number.")]
    [TestCase("""{"x":{S:[1],O:[0,4]}}""", 4, "expected dtype, shape and two data_offsets for tensor 'x'")]
    [TestCase("""{"x":{D:"F32",O:[0,4]}}""", 4, "expected dtype, shape and two data_offsets for tensor 'x'")]
    [TestCase("""{"x":{D:"F32",S:[1]}}""", 4, "expected dtype, shape and two data_offsets for tensor 'x'")]
    [TestCase("""{"x":{D:"F32",S:[1],O:[0,4,8]}}""", 4, "expected dtype, shape and two data_offsets for tensor 'x'")]
    [TestCase("""{"x":{D:"F32",S:[1],O:[0,4],"more":1}}""", 4, "found 'more'.")]
    [TestCase("""{"x":{D:32,S:[1],O:[0,4]}}""", 4, "found 'dtype'.")]
    [TestCase("""{"x":{D:"F31",S:[1],O:[0,4]}}""", 4, "expected a known element type for tensor 'x', found 'F31'.")]
    [TestCase("""{"x":{D:"F32",S:[-1],O:[0,4]}}""",
        4, "expected whole numbers from 0 to 2^63 - 1 for tensor 'x', found -1.")]
    [TestCase("""{"x":{D:"F32",S:[1.5],O:[0,4]}}""", 4, "found 1.5.")]
    [TestCase("""{"x":{D:"F32",S:["1"],O:[0,4]}}""", 4, "found \"1\".")]
    [TestCase("""{"x":{D:"F32",S:1,O:[0,4]}}""", 4, "expected arrays of at most 32 numbers for tensor 'x', found 1.")]
    [TestCase("""{"x":{D:"F32",S:[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],O:[0,4]}}""",
        4, "expected arrays of at most 32 numbers")]
    [TestCase("""{"x":{D:"F32",S:[2],O:[0,4]}}""",
        4, "expected 8 bytes for tensor 'x' of F32 [2], found data_offsets [0, 4].")]
    [TestCase("""{"x":{D:"F32",S:[1],O:[4,0]}}""",
        4, "expected 4 bytes for tensor 'x' of F32 [1], found data_offsets [4, 0].")]
    [TestCase("""{"x":{D:"F4",S:[1],O:[0,1]}}""", 1, "tensor 'x' of F4 [1], found data_offsets [0, 1].")]
    [TestCase("""{"x":{D:"U8",S:[4194305,4194305,211106198978564],O:[0,4]}}""",
        4, "expected fewer than 2^60 bytes for tensor 'x'")]
    [TestCase("""{"x":{D:"U8",S:[9223372036854775807,9223372036854775807,0],O:[0,0]}}""",
        0, "expected fewer than 2^60 bytes")]
    [TestCase("""{"x":{D:"U8",S:[2],O:[1,3]}}""", 3, "expected tensor 'x' to begin at data offset 0, found 1.")]
    [TestCase("""{"x":{D:"U8",S:[2],O:[0,2]},"y":{D:"U8",S:[2],O:[3,5]}}""",
        5, "expected tensor 'y' to begin at data offset 2, found 3.")]
    [TestCase("""{"x":{D:"U8",S:[2],O:[0,2]},"y":{D:"U8",S:[2],O:[1,3]}}""",
        3, "expected tensor 'y' to begin at data offset 2, found 1.")]
    [TestCase("""{"x":{D:"U8",S:[2],O:[0,2]}}""", 1, "expected 2 bytes of data after the header, found 1.")]
    [TestCase("""{"x":{D:"U8",S:[2],O:[0,2]}}""", 3, "expected 2 bytes of data after the header, found 3.")]
    [TestCase("{}", 1, "expected 0 bytes of data after the header, found 1.")]
    public void Read_OfAWrongFile_SaysWhatWasExpectedAndFound(string header, int dataBytes, string sentence)
    {
        string json = header.Replace("D:", "\"dtype\":").Replace("S:", "\"shape\":").Replace("O:", "\"data_offsets\":");
        InvalidDataException error = ErrorOf(FileOf(json, new byte[dataBytes]));
        Assert.That(error.Message, Does.Contain(sentence));
    }

    [TestCase(3UL, "expected a safetensors header of at most the 2 bytes that follow, found 3.")]
    [TestCase(100_000_001UL, "expected a safetensors file, found one that begins with 01E1F50500000000.")]
    [TestCase(ulong.MaxValue, "expected a safetensors file, found one that begins with FFFFFFFFFFFFFFFF.")]
    [TestCase(0x4E65736E6544_2023UL, "expected a safetensors file, found one that begins with '# DenseN'.")]
    public void Read_OfAHeaderLongerThanTheFile_SaysSo(ulong length, string sentence)
    {
        byte[] file = FileOf("{}", []);
        BinaryPrimitives.WriteUInt64LittleEndian(file, length);
        Assert.That(ErrorOf(file).Message, Does.EndWith(sentence));
    }

    [Test]
    public void Read_OfSevenBytes_SaysSo() =>
        Assert.That(
            ErrorOf(new byte[7]).Message, Does.EndWith("expected a safetensors file of at least 8 bytes, found 7."));

    [Test]
    public void Read_OfBytesThatAreNotUtf8_SaysSo()
    {
        byte[] file = FileOf("{\"ab\":1}", []);
        file[11] = 0xFF;
        Assert.That(ErrorOf(file).Message, Does.EndWith("expected a header in UTF-8, found bytes that are not."));
    }

    [Test]
    public void Read_OfTooManyTensors_SaysSo()
    {
        StringBuilder header = new("{");
        for (int i = 0; i <= 100_000; i++)
            header.Append($"{(i == 0 ? "" : ",")}\"{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        Assert.That(
            ErrorOf(FileOf($"{header}}}", [])).Message, Does.EndWith("expected at most 100000 tensors, found more."));
    }

    [Test]
    public void Read_OfMutatedFiles_GivesTensorsOrInvalidData()
    {
        int mutations = LongForm.Count(500, 5_000);
        const string Header = """
            {"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},
            "y":{"dtype":"U8","shape":[],"data_offsets":[8,9]}}
            """;
        byte[] file = FileOf(Header, new byte[9]);
        using TemporaryFolder folder = new();
        string path = folder.File("mutated");
        System.Random random = new(1);
        int refused = 0;
        for (int i = 0; i < mutations; i++)
        {
            File.WriteAllBytes(path, Mutated(file, random));
            try
            {
                SafetensorsFile.Read(path);
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(mutations / 2));
    }

    [Test]
    public void WriteThenRead_OfAnyNamesAndValues_GivesThemBack()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("any");
        Prop.ForAll<NonEmptyString, float[], long[]>((name, singles, integers) =>
        {
            string key = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name.Get));
            SafetensorsFile.Write(
                path,
                [
                    SafetensorsTensor.Create(key, [singles.Length], singles),
                    SafetensorsTensor.Create(key + "'", [1, integers.Length], integers),
                ]);
            SafetensorsFile file = SafetensorsFile.Read(path);
            return file.Tensors[key].ToSingles().SequenceEqual(singles)
                && file.Tensors[key + "'"].ToIntegers().SequenceEqual(integers);
        }).CheckRepeatably();
    }

    [TestCase("bc22k8.init.safetensors", "features.conv0.weight", new long[] { 16, 3, 3, 3 }, "F32")]
    [TestCase("d13k6.grads0_64.safetensors", "classifier.bias", new long[] { 10 }, "F64")]
    public void Read_OfAFileThatPyTorchWrote_FindsItsTensors(string name, string key, long[] shape, string dtype)
    {
        SafetensorsFile file = SafetensorsFile.Read(SharedFolder.Require("reference", name));
        Assert.That(file.Tensors[key].Shape, Is.EqualTo(shape));
        Assert.That(file.Tensors[key].Dtype, Is.EqualTo(dtype));
        Assert.That(file.Tensors[key].ToDoubles(), Has.All.Matches<double>(double.IsFinite));
    }

    private static byte[] Mutated(byte[] file, System.Random random)
    {
        List<byte> bytes = [.. file];
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int place = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0: bytes[place] = (byte)random.Next(256); break;
                case 1: bytes[place] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveAt(place); break;
                default: bytes.Insert(place, bytes[random.Next(bytes.Count)]); break;
            }
        }

        // Half the time the length still fits, so that the mutation reaches the parser.
        if (random.Next(2) == 0)
        {
            byte[] length = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Count - 17);
            for (int i = 0; i < 8; i++)
                bytes[i] = length[i];
        }

        return [.. bytes];
    }

    private static InvalidDataException ErrorOf(byte[] file)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("wrong.safetensors");
        File.WriteAllBytes(path, file);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Read(path))!;
        Assert.That(error.Message, Does.StartWith(path + ": expected "));
        return error;
    }

    private static byte[] FileOf(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. data];
    }
}
