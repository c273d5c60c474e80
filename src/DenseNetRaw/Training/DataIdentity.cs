using System.Buffers.Binary;
using System.Security.Cryptography;
using DenseNetRaw.Data;

namespace DenseNetRaw.Training;

/// <summary>What tells one data set from another.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Images">How many images it has.</param>
/// <param name="LabelsSha256">SHA-256 of the labels in their order, four bytes each, in hexadecimal.</param>
public sealed record DataIdentity(string Name, int Images, string LabelsSha256)
{
    /// <summary>The identity of a data set.</summary>
    public static DataIdentity Of(ImageDataset images)
    {
        byte[] labels = new byte[checked(images.Count * sizeof(int))];
        for (int i = 0; i < images.Count; i++)
            BinaryPrimitives.WriteInt32LittleEndian(labels.AsSpan(i * sizeof(int)), images.Label(i));
        return new DataIdentity(images.Name, images.Count, Convert.ToHexStringLower(SHA256.HashData(labels)));
    }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{Images} images of '{Name}' (labels {LabelsSha256[..8]})");
}
