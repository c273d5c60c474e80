using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Modules;

namespace DenseNetRaw.Serialization;

/// <summary>
/// A model's parameters and running statistics under the names that PyTorch gives them, to and from safetensors.
/// Vectors are [C], linear weights [K, C], convolutions [K, C, R, S]; <c>num_batches_tracked</c> is written and
/// accepted.
/// </summary>
public static class StateDictionary
{
    private const string BatchesTracked = "num_batches_tracked";

    /// <summary>All entries, in float32, for a file: weights that are no numbers any more are never saved.</summary>
    /// <exception cref="NotFiniteNumberException">Names the first entry with a value that is not finite.</exception>
    public static IReadOnlyList<SafetensorsTensor> Capture(Module model, Backend backend)
    {
        List<SafetensorsTensor> tensors = [];
        foreach ((Variable variable, long[] shape) in Entries(model))
        {
            float[] values = new float[variable.Shape.Count];
            backend.Download(variable.Value, values);
            if (Array.FindIndex(values, value => !float.IsFinite(value)) is >= 0 and int at)
            {
                throw new NotFiniteNumberException(
                    $"{variable.Name} should be finite numbers, found {values[at]} at {at}: the weights are not saved");
            }

            tensors.Add(SafetensorsTensor.Create(variable.Name, shape, values));
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
        List<(Variable Variable, long[] Shape)> entries = [.. Entries(model)];
        Check(file, entries, model);
        foreach ((Variable variable, _) in entries)
        {
            backend.Upload(file.Tensors[variable.Name].ToDoubles(), variable.Value);
        }

        foreach (NormLayer norm in model.NormLayers)
        {
            if (file.Tensors.TryGetValue($"{norm.Name}.{BatchesTracked}", out SafetensorsTensor? tracked))
            {
                norm.BatchesTracked = tracked.ToIntegers()[0];
            }
        }
    }

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

    private static long[] ShapeOf(Parameter parameter)
    {
        Shape shape = parameter.Shape;
        return parameter.Rank switch
        {
            1 => [shape.C],
            2 => [shape.N, shape.C],
            _ => [shape.N, shape.C, shape.H, shape.W],
        };
    }

    private static void Check(SafetensorsFile file, List<(Variable Variable, long[] Shape)> entries, Module model)
    {
        Dictionary<string, long[]> expected = entries.ToDictionary(e => e.Variable.Name, e => e.Shape);
        Dictionary<string, long[]> optional = model.NormLayers.ToDictionary(
            n => $"{n.Name}.{BatchesTracked}", _ => Array.Empty<long>());
        List<string> faults =
            [.. expected.Keys.Where(key => !file.Tensors.ContainsKey(key)).Select(key => $"missing {key}")];
        foreach (SafetensorsTensor tensor in file.Tensors.Values)
        {
            if (!expected.TryGetValue(tensor.Name, out long[]? shape) && !optional.TryGetValue(tensor.Name, out shape))
            {
                faults.Add($"unexpected {tensor.Name}");
            }
            else if (!tensor.Shape.SequenceEqual(shape))
            {
                faults.Add($"misshapen {tensor.Name}: expected {Text(shape)}, found {Text(tensor.Shape)}");
            }
            else if (optional.ContainsKey(tensor.Name) ? tensor.Dtype != SafetensorsDtype.I64 : !IsReal(tensor))
            {
                faults.Add($"wrong type of {tensor.Name}: found {tensor.Dtype}");
            }
        }

        if (faults.Count > 0)
        {
            throw new InvalidDataException($"{file.Path} does not fit the model: {string.Join("; ", faults)}");
        }
    }

    private static bool IsReal(SafetensorsTensor tensor) =>
        tensor.Dtype is SafetensorsDtype.F32 or SafetensorsDtype.F64;

    private static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
