namespace DenseNetRaw.Serialization;

/// <summary>
/// A graph of ONNX under construction: nodes in order, float32 tensors, and a name for every value. Each method adds a
/// node and returns the name of what it computes. Fields and operators are those of
/// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto and docs/Operators.md, of operator set 13.
/// </summary>
/// <param name="weights">The tensors by name; those that a node reads become part of the file.</param>
internal sealed class OnnxGraph(IReadOnlyDictionary<string, SafetensorsTensor> weights)
{
    private const int IrVersion = 7;
    private const int OperatorSet = 13;
    private const int FloatElement = 1;
    private const int FloatAttribute = 1, IntegerAttribute = 2, IntegersAttribute = 7;

    /// <summary>What a message of Protocol Buffers may hold: 2^31 − 1 bytes.</summary>
    private const long LargestMessage = int.MaxValue;

    private readonly ProtobufMessage _nodes = new(), _initializers = new();
    private readonly HashSet<string> _initialized = [];

    /// <summary>y = x ∗ w, with a square window.</summary>
    public string Convolution(string name, string x, string w, int stride, int padding)
    {
        long size = weights[w].Shape[^1];
        return Node(
            "Conv", name, [x, Weight(w)],
            Integers("kernel_shape", size, size),
            Integers("strides", stride, stride),
            Integers("pads", padding, padding, padding, padding));
    }

    /// <summary>y = relu(norm(x)) with the running statistics; <paramref name="name"/> is the norm's.</summary>
    public string NormRelu(string name, string x, float epsilon)
    {
        string normalised = Node(
            "BatchNormalization", name,
            [
                x, Weight($"{name}.weight"), Weight($"{name}.bias"), Weight($"{name}.running_mean"),
                Weight($"{name}.running_var"),
            ],
            NewAttribute("epsilon", FloatAttribute).Single(2, epsilon));
        return Node("Relu", $"{name}.relu", [normalised]);
    }

    /// <summary>The channels of all parts; of one, that part.</summary>
    public string Concatenation(string name, IReadOnlyList<string> parts) =>
        parts.Count == 1 ? parts[0] : Node("Concat", name, parts, NewAttribute("axis", IntegerAttribute).Integer(3, 1));

    /// <summary>The mean of each window.</summary>
    public string AveragePool(string name, string x, int size, int stride) => Node(
        "AveragePool", name, [x], Integers("kernel_shape", size, size), Integers("strides", stride, stride));

    /// <summary>The maximum of each window.</summary>
    public string MaxPool(string name, string x, int size, int stride, int padding) => Node(
        "MaxPool", name, [x], Integers("kernel_shape", size, size), Integers("strides", stride, stride),
        Integers("pads", padding, padding, padding, padding));

    /// <summary>The mean of each plane, as a matrix [N, C].</summary>
    public string GlobalAveragePool(string name, string x) =>
        Node("Flatten", $"{name}.flat", [Node("GlobalAveragePool", name, [x])]);

    /// <summary>y = x · wᵀ + b, called <paramref name="y"/>.</summary>
    public void Linear(string name, string x, string y) => AddNode(
        "Gemm", name, [x, Weight($"{name}.weight"), Weight($"{name}.bias")], y,
        NewAttribute("transB", IntegerAttribute).Integer(3, 1));

    /// <summary>The file: this graph with one input and one output, whose batches may have any size.</summary>
    /// <param name="name">The graph's name.</param>
    /// <param name="input">The input's name and its extents after the first.</param>
    /// <param name="output">The output's name and its extents after the first.</param>
    /// <param name="metadata">Free text.</param>
    /// <exception cref="ArgumentException">The file would be larger than the format allows.</exception>
    public ProtobufMessage ToModel(
        string name, (string Name, long[] Extents) input, (string Name, long[] Extents) output,
        IReadOnlyDictionary<string, string> metadata)
    {
        // The lists were collected with their keys; a message is the fields of another behind its own.
        ProtobufMessage graph = new ProtobufMessage().Fields(_nodes).Text(2, name).Fields(_initializers)
            .Message(11, Value(input.Name, input.Extents)).Message(12, Value(output.Name, output.Extents));
        ProtobufMessage model = new ProtobufMessage().Integer(1, IrVersion).Text(2, "DenseNetRaw")
            .Message(7, graph).Message(8, new ProtobufMessage().Text(1, string.Empty).Integer(2, OperatorSet));
        foreach ((string key, string text) in metadata)
            model.Message(14, new ProtobufMessage().Text(1, key).Text(2, text));
        return model.Length <= LargestMessage
            ? model
            : throw new ArgumentException(
                $"an ONNX file holds at most {LargestMessage} bytes, and '{name}' would take {model.Length}");
    }

    private string Node(string type, string name, IReadOnlyList<string> inputs, params ProtobufMessage[] attributes)
    {
        AddNode(type, name, inputs, name, attributes);
        return name;
    }

    private void AddNode(
        string type, string name, IReadOnlyList<string> inputs, string output, params ProtobufMessage[] attributes)
    {
        ProtobufMessage node = new();
        foreach (string input in inputs)
            node.Text(1, input);
        node.Text(2, output).Text(3, name).Text(4, type);
        foreach (ProtobufMessage attribute in attributes)
            node.Message(5, attribute);
        _nodes.Message(1, node);
    }

    private string Weight(string name)
    {
        if (!_initialized.Add(name))
            return name;

        SafetensorsTensor tensor = weights[name];
        if (tensor.Dtype != SafetensorsDtype.F32)
            throw new ArgumentException($"{tensor} should be F32");
        ProtobufMessage message = new();
        foreach (long extent in tensor.Shape)
            message.Integer(1, extent);
        message.Integer(2, FloatElement).Text(8, name).Bytes(9, tensor.Data);
        _initializers.Message(5, message);
        return name;
    }

    private static ProtobufMessage NewAttribute(string name, int type) =>
        new ProtobufMessage().Text(1, name).Integer(20, type);

    private static ProtobufMessage Integers(string name, params ReadOnlySpan<long> values)
    {
        ProtobufMessage attribute = NewAttribute(name, IntegersAttribute);
        foreach (long value in values)
            attribute.Integer(8, value);
        return attribute;
    }

    private static ProtobufMessage Value(string name, long[] extents)
    {
        ProtobufMessage shape = new ProtobufMessage().Message(1, new ProtobufMessage().Text(2, "N"));
        foreach (long extent in extents)
            shape.Message(1, new ProtobufMessage().Integer(1, extent));
        ProtobufMessage tensor = new ProtobufMessage().Integer(1, FloatElement).Message(2, shape);
        return new ProtobufMessage().Text(1, name).Message(2, new ProtobufMessage().Message(1, tensor));
    }
}
