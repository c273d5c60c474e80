using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Evaluation;

/// <summary>
/// Which weights something was fitted on, and with which normalisation of their inputs. The same numbers have the same
/// identity whatever file they lie in, such as a checkpoint's and an export of it.
/// </summary>
/// <param name="Model">The model's name, for people.</param>
/// <param name="Sha256">
/// Of parameters and running statistics in ordinal order of their names: each name, shape, and values in float32.
/// Lower-case hexadecimal.
/// </param>
public sealed record WeightsIdentity(string Model, string Sha256)
{
    private const int ShownDigits = 12;

    /// <summary>The mean of red, green and blue that was subtracted from inputs; null where nobody says.</summary>
    public IReadOnlyList<float>? Mean { get; init; }

    /// <summary>The standard deviation of red, green and blue; null where nobody says.</summary>
    [JsonPropertyName("std")]
    public IReadOnlyList<float>? StandardDeviation { get; init; }

    /// <summary>The identity of a file's weights.</summary>
    /// <param name="file">The weights.</param>
    /// <param name="model">Their model, whose parameters need have no numbers.</param>
    /// <param name="normalization">What its inputs are normalised with.</param>
    /// <exception cref="InvalidDataException">They do not fit the model.</exception>
    public static WeightsIdentity Of(SafetensorsFile file, Model model, Normalization normalization)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        // How many batches a norm has seen changes no answer, and foreign files may not say it.
        IEnumerable<SafetensorsTensor> numbers =
            StateDictionary.Checked(file, model).Where(tensor => tensor.Dtype == SafetensorsDtype.F32);
        foreach (SafetensorsTensor tensor in numbers.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{tensor.Name} [{string.Join(',', tensor.Shape)}]\n"));
            hash.AppendData(tensor.Data.Span);
        }

        return new WeightsIdentity(model.Configuration.Name, Convert.ToHexStringLower(hash.GetHashAndReset()))
        {
            Mean = normalization.Mean,
            StandardDeviation = normalization.StandardDeviation,
        };
    }

    /// <summary>The model and as much of the digest as tells two apart.</summary>
    public override string ToString() =>
        $"'{Model}' with SHA-256 {(Sha256.Length > ShownDigits ? $"{Sha256[..ShownDigits]}…" : Sha256)}";
}
