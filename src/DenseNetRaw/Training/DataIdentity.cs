using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using DenseNetRaw.Data;

namespace DenseNetRaw.Training;

/// <summary>What tells one data set from another.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Images">How many images it has.</param>
/// <param name="Sha256">
/// SHA-256, in hexadecimal, of the labels in their order, four bytes each, and then of the pixels; of images in files,
/// of each one's folder, name and size instead.
/// </param>
public sealed record DataIdentity(string Name, int Images, string Sha256)
{
    /// <summary>The identity of a data set.</summary>
    public static DataIdentity Of(ImageDataset images)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<int>(images.Labels));
        hash.AppendData(images.Pixels);
        for (int i = 0; i < images.Files?.Count; i++)
            hash.AppendData(Encoding.UTF8.GetBytes(DescriptionOf(images.Files.Path(i))));
        return new DataIdentity(images.Name, images.Count, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{Images} images of '{Name}' (SHA-256 {Sha256[..8]})");

    /// <summary>Its place among other files, which need not lie where they did: its folder's name, its own.</summary>
    private static string DescriptionOf(string path)
    {
        string? folder = Path.GetFileName(Path.GetDirectoryName(path));
        return string.Create(
            CultureInfo.InvariantCulture, $"{folder}/{Path.GetFileName(path)}\0{new FileInfo(path).Length}\0");
    }
}
