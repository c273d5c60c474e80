using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Modules;

namespace DenseNetRaw.Serialization;

/// <summary>
/// A model's parameters and running statistics under the names that PyTorch gives them, to and from safetensors.
/// Vectors are [C], linear weights [K, C], convolutions [K, C, R, S]; <c>num_batches_tracked</c> is written and
/// accepted. Torchvision's first names, <c>denselayer1.norm.1</c>, are accepted too.
/// </summary>
public static partial class StateDictionary
{
    private const string BatchesTracked = "num_batches_tracked";

    /// <summary>
    /// All entries for a file, in float32, or exactly as a backend that computes in float64 has them: weights that are
    /// no numbers any more are never saved.
    /// </summary>
    /// <exception cref="NotFiniteNumberException">Names the first entry with a value that is not finite.</exception>
    public static IReadOnlyList<SafetensorsTensor> Capture(Module model, Backend backend, bool isExact = false)
    {
        List<SafetensorsTensor> tensors = [];
        foreach ((Variable variable, long[] shape) in Entries(model))
        {
            tensors.Add(isExact
                ? Exactly(variable.Name, shape, variable.Value, backend)
                : Rounded(variable.Name, shape, variable.Value, backend));
        }

        foreach (NormLayer norm in model.NormLayers)
        {
            tensors.Add(SafetensorsTensor.Create($"{norm.Name}.{BatchesTracked}", [], [norm.BatchesTracked]));
        }

        return tensors;
    }

    /// <summary>
    /// Loads all entries, strictly: nothing is changed unless every key is there, none is left over, and all shapes
    /// fit.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// Names the file and every missing, unexpected or misshapen key.
    /// </exception>
    public static void Restore(SafetensorsFile file, Module model, Backend backend)
    {
        Dictionary<string, SafetensorsTensor> tensors = Check(file, model);
        foreach ((Variable variable, _) in Entries(model))
        {
            backend.Upload(tensors[variable.Name].ToDoubles(), variable.Value);
        }

        foreach (NormLayer norm in model.NormLayers)
        {
            if (tensors.TryGetValue($"{norm.Name}.{BatchesTracked}", out SafetensorsTensor? tracked))
            {
                norm.BatchesTracked = tracked.ToIntegers()[0];
            }
        }
    }

    /// <summary>
    /// All entries of a file under the model's names, in float32; as strict as <see cref="Restore"/>, but nothing is
    /// computed and the model has no numbers.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// Names the file and every missing, unexpected or misshapen key.
    /// </exception>
    public static IReadOnlyList<SafetensorsTensor> Checked(SafetensorsFile file, Module model) =>
    [
        .. Check(file, model).Select(pair => pair.Value.Dtype == SafetensorsDtype.I64
            ? SafetensorsTensor.Create(pair.Key, [.. pair.Value.Shape], pair.Value.ToIntegers())
            : SafetensorsTensor.Create(pair.Key, [.. pair.Value.Shape], pair.Value.ToSingles())),
    ];

    private static IEnumerable<(Variable Variable, long[] Shape)> Entries(Module model)
    {
        foreach (Parameter parameter in model.Parameters)
        {
            yield return (parameter, ShapeOf(parameter));
        }

        foreach (NormLayer norm in model.NormLayers)
        {
            yield return (norm.Running.Mean, [norm.Running.Mean.Shape.C]);
            yield return (norm.Running.Variance, [norm.Running.Variance.Shape.C]);
        }
    }

    /// <summary>A tensor that outlives steps, of the elements that the backend has: float64 or float32.</summary>
    internal static SafetensorsTensor Exactly(string name, long[] shape, Tensor x, Backend backend)
    {
        if (backend.BytesOf(Shape.Scalar, x.Storage.Role) <= sizeof(float))
            return Rounded(name, shape, x, backend);
        double[] values = new double[x.Shape.Count];
        backend.Download(x, values);
        RequireFinite(name, values);
        return SafetensorsTensor.Create(name, shape, values);
    }

    /// <summary>A tensor as weights files have it: of float64 rounded to float32, else as it is.</summary>
    internal static SafetensorsTensor InFloat32(SafetensorsTensor tensor) => tensor.Dtype == SafetensorsDtype.F64
        ? SafetensorsTensor.Create(tensor.Name, [.. tensor.Shape], tensor.ToSingles())
        : tensor;

    private static SafetensorsTensor Rounded(string name, long[] shape, Tensor x, Backend backend)
    {
        float[] values = new float[x.Shape.Count];
        backend.Download(x, values);
        RequireFinite(name, values);
        return SafetensorsTensor.Create(name, shape, values);
    }

    private static void RequireFinite<T>(string name, T[] values)
        where T : INumberBase<T>
    {
        if (Array.FindIndex(values, value => !T.IsFinite(value)) is >= 0 and int at)
        {
            throw new NotFiniteNumberException(string.Create(
                CultureInfo.InvariantCulture,
                $"{name} should be finite numbers, found {values[at]} at {at}: the weights are not saved"));
        }
    }

    /// <summary>The shape that PyTorch gives a parameter.</summary>
    internal static long[] ShapeOf(Parameter parameter)
    {
        Shape shape = parameter.Shape;
        return parameter.Rank switch
        {
            1 => [shape.C],
            2 => [shape.N, shape.C],
            _ => [shape.N, shape.C, shape.H, shape.W],
        };
    }

    /// <summary>The file's tensors by the model's names, which are all there and no others.</summary>
    private static Dictionary<string, SafetensorsTensor> Check(SafetensorsFile file, Module model)
    {
        Dictionary<string, long[]> expected = Entries(model).ToDictionary(e => e.Variable.Name, e => e.Shape);
        Dictionary<string, long[]> optional = model.NormLayers.ToDictionary(
            n => $"{n.Name}.{BatchesTracked}", _ => Array.Empty<long>());
        Dictionary<string, SafetensorsTensor> tensors = [];
        List<string> faults = [];
        foreach (SafetensorsTensor tensor in file.Tensors.Values)
        {
            string name = FirstName().Replace(tensor.Name, "${layer}${ordinal}.");
            if (!tensors.TryAdd(name, tensor))
            {
                faults.Add($"{name} twice, as {tensors[name].Name} and {tensor.Name}");
            }

            if (!expected.TryGetValue(name, out long[]? shape) && !optional.TryGetValue(name, out shape))
            {
                faults.Add($"unexpected {tensor.Name}");
            }
            else if (!tensor.Shape.SequenceEqual(shape))
            {
                faults.Add($"misshapen {tensor.Name}: expected {Text(shape)}, found {Text(tensor.Shape)}");
            }
            else if (optional.ContainsKey(name) ? tensor.Dtype != SafetensorsDtype.I64 : !IsReal(tensor))
            {
                faults.Add($"wrong type of {tensor.Name}: found {tensor.Dtype}");
            }
        }

        faults.InsertRange(0, expected.Keys.Where(key => !tensors.ContainsKey(key)).Select(key => $"missing {key}"));
        return faults.Count == 0
            ? tensors
            : throw new InvalidDataException($"{file.Path} does not fit the model: {string.Join("; ", faults)}");
    }

    private static bool IsReal(SafetensorsTensor tensor) =>
        tensor.Dtype is SafetensorsDtype.F32 or SafetensorsDtype.F64;

    private static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>
    /// What torchvision's first files call a layer's parts, as its densenet.py reads them: modules had dots in their
    /// names then.
    /// </summary>
    [GeneratedRegex(@"(?<layer>denselayer\d+\.(norm|conv))\.(?<ordinal>[12])\.")]
    private static partial Regex FirstName();
}
