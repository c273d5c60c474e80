using System.Diagnostics;
using DenseNetRaw.Data.Images;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Data.Images;

/// <summary>
/// Files with random damage: each decodes or is refused with a sentence, and a good file right after it decodes.
/// Test S4: 20,000 of each kind in the long form.
/// </summary>
[Parallelizable(ParallelScope.Children)]
public class ImageMutationTests
{
    private const int Seed = 20261122;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    [Test]
    public void Png_Damaged_IsDecodedOrRefused() => Mutate("png", [.. GoldenImages.Pngs], "scene.png");

    [Test]
    public void Jpeg_Damaged_IsDecodedOrRefused()
    {
        GoldenImages.RequireJpeg();
        Mutate("jpg", [.. GoldenImages.Jpegs], "444.jpg");
    }

    private static void Mutate(string kind, string[] names, string good)
    {
        int count = LongForm.Count(500, 20_000);
        Random random = new(Seed);
        using TemporaryFolder folder = new();
        using ImageReader reader = new();
        string bad = folder.File($"bad.{kind}");
        byte[] expected = Read(reader, GoldenImages.PathOf(good));
        byte[][] seeds = [.. names.Select(name => File.ReadAllBytes(GoldenImages.PathOf(name)))];
        (int decoded, int warned, int refused) = (0, 0, 0);
        for (int i = 0; i < count; i++)
        {
            byte[] file = Damaged(
                seeds[random.Next(seeds.Length)], random, repair: kind == "png" && random.Next(4) > 0);
            File.WriteAllBytes(bad, file);
            long begin = Stopwatch.GetTimestamp(), allocated = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                reader.Read(bad);
                _ = reader.Image.Warning is null ? decoded++ : warned++;
            }
            catch (InvalidDataException e)
            {
                Assert.That(e.Message, Does.StartWith($"{bad}: expected "), $"seed {Seed}, file {i}");
                refused++;
            }

            Assert.That(Stopwatch.GetElapsedTime(begin), Is.LessThan(Longest), $"seed {Seed}, file {i}");
            Assert.That(
                GC.GetAllocatedBytesForCurrentThread() - allocated, Is.LessThan(4 * DecodedImage.MaximumPixels),
                    $"seed {Seed}, file {i}");
            Assert.That(Read(reader, GoldenImages.PathOf(good)), Is.EqualTo(expected), $"after seed {Seed}, file {i}");
        }

        TestContext.Out.WriteLine($"{count} {kind}: {decoded} decoded, {warned} with a warning, {refused} refused");
        Assert.That((decoded + warned > 0, refused > 0), Is.EqualTo((true, true)));
    }

    private static byte[] Read(ImageReader reader, string path)
    {
        reader.Read(path);
        return GoldenImages.PixelsOf(reader.Image);
    }

    /// <summary>
    /// Some bytes changed, moved, put in or left out. With <paramref name="repair"/> the chunks' checksums are made to
    /// fit again, so that the damage is seen by what comes after them.
    /// </summary>
    private static byte[] Damaged(byte[] seed, Random random, bool repair)
    {
        List<byte> file = [.. seed];
        for (int times = 1 + random.Next(4); times > 0 && file.Count > 8; times--)
        {
            int at = random.Next(file.Count), length = Math.Min(1 + random.Next(16), file.Count - at);
            switch (random.Next(repair ? 3 : 6))
            {
                case 0:
                    file[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    file[at] = (byte)random.Next(256);
                    break;
                case 2:
                    file[at] = random.Next(2) == 0 ? byte.MinValue : byte.MaxValue;
                    break;
                case 3:
                    file.RemoveRange(at, length);
                    break;
                case 4:
                    file.InsertRange(at, file.GetRange(random.Next(file.Count - length + 1), length));
                    break;
                default:
                    file.RemoveRange(at, file.Count - at);
                    break;
            }
        }

        byte[] bytes = [.. file];
        if (repair)
            Repair(bytes);
        return bytes;
    }

    private static void Repair(byte[] png)
    {
        for (int at = 8; at + 12 <= png.Length;)
        {
            uint length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at));
            if (length > png.Length - at - 12)
                return;
            uint crc = Crc32.Of(png.AsSpan(at + 4, (int)length + 4));
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(at + 8 + (int)length), crc);
            at += 12 + (int)length;
        }
    }
}
