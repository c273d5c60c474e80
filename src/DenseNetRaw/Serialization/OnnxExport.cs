using System.Globalization;
using DenseNetRaw.Models;

namespace DenseNetRaw.Serialization;

/// <summary>
/// A trained DenseNet as ONNX, for inference elsewhere: from <c>input</c> [N, 3, H, W], images already normalised, to
/// <c>logits</c> [N, classes], for any N. Operator set 13. Nodes are named as the modules of the state dictionary;
/// transitions convolve before they pool, as published.
/// </summary>
public sealed class OnnxExport
{
    private const float Epsilon = 1e-5f;
    private readonly DenseNetConfiguration _model;
    private readonly OnnxGraph _graph;

    private OnnxExport(DenseNetConfiguration model, IReadOnlyDictionary<string, SafetensorsTensor> weights) =>
        (_model, _graph) = (model, new OnnxGraph(weights));

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="model">The network's extents.</param>
    /// <param name="weights">Its state dictionary in float32 (<see cref="StateDictionary.Checked"/>).</param>
    /// <param name="metadata">Free text for the file's metadata.</param>
    /// <exception cref="ArgumentException">The file would pass 2 GB, which the format does not allow.</exception>
    public static void Write(
        string path, DenseNetConfiguration model, IEnumerable<SafetensorsTensor> weights,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        OnnxExport export = new(model, weights.ToDictionary(tensor => tensor.Name));
        export.AddNetwork();
        ProtobufMessage file = export._graph.ToModel(
            model.Name, ("input", [3, model.InputHeight, model.InputWidth]), ("logits", [model.Classes]),
            metadata ?? new Dictionary<string, string>());
        WholeFile.Write(path, file.WriteTo);
    }

    private void AddNetwork()
    {
        int blocks = _model.BlockLayers.Count;
        string x = AddStem();
        for (int b = 1; b <= blocks; b++)
        {
            x = AddBlock($"features.denseblock{b}", _model.BlockLayers[b - 1], x);
            if (b < blocks)
                x = AddTransition($"features.transition{b}", x);
        }

        string norm = _model.HasImageNetStem
            ? string.Create(CultureInfo.InvariantCulture, $"norm{blocks + 1}")
            : "norm_final";
        x = _graph.NormRelu($"features.{norm}", x, Epsilon);
        _graph.Linear("classifier", _graph.GlobalAveragePool("pool", x), "logits");
    }

    private string AddStem()
    {
        const string Name = "features.conv0";
        if (!_model.HasImageNetStem)
            return _graph.Convolution(Name, "input", $"{Name}.weight", stride: 1, padding: 1);

        string x = _graph.Convolution(Name, "input", $"{Name}.weight", stride: 2, padding: 3);
        x = _graph.NormRelu("features.norm0", x, Epsilon);
        return _graph.MaxPool("features.pool0", x, size: 3, stride: 2, padding: 1);
    }

    private string AddBlock(string name, int layers, string x)
    {
        List<string> parts = [x];
        for (int layer = 1; layer <= layers; layer++)
        {
            string prefix = string.Create(CultureInfo.InvariantCulture, $"{name}.denselayer{layer}");
            string y = _graph.Concatenation($"{prefix}.concat", parts);
            y = AddUnit(prefix, 1, y, padding: _model.BottleneckWidth > 0 ? 0 : 1);
            if (_model.BottleneckWidth > 0)
                y = AddUnit(prefix, 2, y, padding: 1);
            parts.Add(y);
        }

        return _graph.Concatenation($"{name}.concat", parts);
    }

    private string AddUnit(string prefix, int ordinal, string x, int padding) => _graph.Convolution(
        $"{prefix}.conv{ordinal}", _graph.NormRelu($"{prefix}.norm{ordinal}", x, Epsilon),
        $"{prefix}.conv{ordinal}.weight", stride: 1, padding);

    private string AddTransition(string name, string x)
    {
        string y = _graph.NormRelu($"{name}.norm", x, Epsilon);
        y = _graph.Convolution($"{name}.conv", y, $"{name}.conv.weight", stride: 1, padding: 0);
        return _graph.AveragePool($"{name}.pool", y, size: 2, stride: 2);
    }
}
