using DenseNetRaw.Autograd;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Verification;

/// <summary>
/// Small cases of every operation, with shapes odd on purpose: one image, three channels, planes of 49 or not square,
/// windows that leave a remainder, strides wider than the window. Each is written once; gradient checks and comparisons
/// of backends play the same ones.
/// </summary>
public static class OperationCases
{
    /// <summary>Every case.</summary>
    public static IReadOnlyList<OperationCase> All { get; } =
    [
        Convolves("1×1", new Shape(1, 3, 7, 7), new Shape(5, 3, 1, 1)),
        Convolves("1×1, many channels", new Shape(2, 19, 5, 3), new Shape(17, 19, 1, 1)),
        Convolves("1×1, stride 2", new Shape(2, 3, 5, 7), new Shape(4, 3, 1, 1), stride: 2),
        Convolves("2×2, stride 2", new Shape(2, 3, 7, 6), new Shape(2, 3, 2, 2), stride: 2),
        Convolves("2×2, stride 3", new Shape(1, 2, 8, 9), new Shape(3, 2, 2, 2), stride: 3),
        Convolves("3×3", new Shape(1, 3, 7, 7), new Shape(4, 3, 3, 3), padding: 1),
        Convolves("3×3, many channels", new Shape(2, 17, 4, 5), new Shape(12, 17, 3, 3), padding: 1),
        Convolves("3×3, no padding", new Shape(2, 1, 5, 4), new Shape(1, 1, 3, 3)),
        Convolves("3×3, padding 2", new Shape(1, 2, 3, 4), new Shape(3, 2, 3, 3), padding: 2),
        Convolves("3×3, stride 2", new Shape(2, 3, 7, 7), new Shape(4, 3, 3, 3), stride: 2, padding: 1),
        Convolves("3×3, stride 2, one column", new Shape(2, 3, 5, 1), new Shape(2, 3, 3, 3), stride: 2, padding: 1),
        Convolves("3×3, one pixel", new Shape(3, 4, 1, 1), new Shape(2, 4, 3, 3), padding: 1),
        Convolves("3×1", new Shape(1, 3, 6, 5), new Shape(2, 3, 3, 1)),
        Convolves("5×5", new Shape(1, 3, 7, 5), new Shape(4, 3, 5, 5), padding: 2),
        Convolves("7×7, stride 2", new Shape(1, 3, 9, 11), new Shape(4, 3, 7, 7), stride: 2, padding: 3),
        Convolves("7×7, stride 2, smaller image", new Shape(1, 2, 3, 2), new Shape(3, 2, 7, 7), stride: 2, padding: 3),
        Convolves("a linear layer", new Shape(5, 13, 1, 1), new Shape(7, 13, 1, 1)),
        Convolves("1×1, stride 2, many channels", new Shape(2, 16, 6, 8), new Shape(19, 16, 1, 1), stride: 2),
        Convolves("3×3, stride 2, wide", new Shape(2, 17, 6, 5), new Shape(12, 17, 3, 3), stride: 2, padding: 1),
        TakesStatistics("one image", new Shape(1, 3, 7, 7)),
        TakesStatistics("many images", new Shape(5, 3, 3, 5)),
        TakesStatistics("of single pixels", new Shape(6, 5, 1, 1)),
        MeasuresConvolution("1×1", new Shape(2, 5, 3, 7), new Shape(11, 5, 1, 1)),
        MeasuresConvolution("3×3", new Shape(3, 3, 5, 7), new Shape(13, 3, 3, 3), padding: 1),
        MeasuresConvolution("3×3, stride 2", new Shape(2, 3, 9, 5), new Shape(4, 3, 3, 3), stride: 2, padding: 1),
        MeasuresConvolution("3×3, one image", new Shape(1, 2, 23, 19), new Shape(3, 2, 3, 3), padding: 1),
        Normalises("one image", new Shape(1, 3, 7, 7)),
        Normalises("many channels", new Shape(3, 18, 2, 5)),
        new("NormRelu: shared statistics", SharesStatistics),
        NormalisesAlone("one image", new Shape(1, 3, 7, 7)),
        NormalisesAlone("many channels", new Shape(3, 18, 2, 5)),
        new("Norm: its own statistics", graph =>
        {
            Variable x = graph.Input("x", new Shape(2, 5, 3, 7), mean: 0.5);
            return Norm.Record(graph.Tape, x, NewNorm(graph, "norm", x, isMoved: true));
        }),
        NormalisesAndConvolves("1×1", new Shape(1, 3, 7, 7), new Shape(5, 3, 1, 1)),
        NormalisesAndConvolves("1×1, many channels", new Shape(2, 18, 3, 5), new Shape(8, 18, 1, 1)),
        NormalisesAndConvolves("3×3", new Shape(2, 3, 5, 7), new Shape(4, 3, 3, 3), padding: 1),
        NormalisesAndConvolves("3×3, many channels", new Shape(2, 16, 4, 4), new Shape(12, 16, 3, 3), padding: 1),
        NormalisesAndConvolves("3×3, stride 2", new Shape(2, 3, 7, 4), new Shape(3, 3, 3, 3), stride: 2, padding: 1),
        Maps("Copy", new Shape(2, 3, 7, 7), (graph, x, y) => Copy.Record(graph.Tape, x, y)),
        Pairs("Add", new Shape(2, 3, 7, 5), (graph, a, b, y) => Add.Record(graph.Tape, a, b, y)),
        Pairs("Multiply", new Shape(2, 3, 5, 7), (graph, a, b, y) => Multiply.Record(graph.Tape, a, b, y)),
        Pairs("AddRelu", new Shape(2, 3, 7, 5), (graph, a, b, _) => AddRelu.Record(graph.Tape, a, b)),
        Maps("AddRelu: to itself", new Shape(1, 3, 3, 3), (graph, x, _) => AddRelu.Record(graph.Tape, x, x)),
        Maps("PaddedShortcut: stride 2", new Shape(2, 3, 7, 6), (graph, x, _) => PaddedShortcut.Record(
            graph.Tape, x, channels: 5, stride: 2)),
        Maps("PaddedShortcut: as many channels", new Shape(1, 3, 4, 5), (graph, x, _) => PaddedShortcut.Record(
            graph.Tape, x, channels: 3, stride: 2)),
        Scales("by 1", 1),
        Scales("by a fraction", 0.296875),
        Scales("by 0", 0),
        new("WeightedSum: feature maps", SumsFeatures),
        new("WeightedSum: losses of two exits", SumsLosses),
        new("SurvivalGates: of two branches", PassesGates),
        new("SurvivalGates: of a residual block", AddsGatedBranch),
        Maps("Add: to itself", new Shape(1, 3, 3, 3), (graph, x, y) => Add.Record(graph.Tape, x, x, y)),
        Maps("Multiply: by itself", new Shape(1, 3, 3, 3), (graph, x, y) => Multiply.Record(graph.Tape, x, x, y)),
        new("Multiply: a·a + a·b", SumsProducts),
        AddsBias("a plane", new Shape(2, 3, 7, 7)),
        AddsBias("logits", new Shape(4, 10, 1, 1)),
        Averages("2×2, a row and column left over", new Shape(2, 3, 7, 7), new Window(2, 2, 2)),
        Averages("3×3, stride 2, padding 1", new Shape(1, 3, 6, 7), new Window(3, 3, 2, 1)),
        Averages("3×3, one column", new Shape(2, 2, 4, 1), new Window(3, 3, 2, 1)),
        Averages("2×1, stride 3", new Shape(1, 2, 8, 7), new Window(2, 1, 3)),
        Averages("1×1, stride 2", new Shape(2, 3, 7, 6), new Window(1, 1, 2)),
        Averages("global", new Shape(3, 5, 7, 5), new Window(7, 5)),
        NormalisesAndAverages("2×2, a row and column left over", new Shape(2, 3, 7, 7), new Window(2, 2, 2)),
        NormalisesAndAverages("3×3, stride 2, padding 1", new Shape(1, 5, 6, 9), new Window(3, 3, 2, 1)),
        NormalisesAndAverages("global", new Shape(3, 5, 4, 5), new Window(4, 5)),
        TakesMaximum("2×2, a row and column left over", new Shape(2, 3, 7, 7), new Window(2, 2, 2)),
        TakesMaximum("3×3, stride 2, padding 1", new Shape(2, 3, 7, 9), new Window(3, 3, 2, 1)),
        TakesMaximum("3×3, windows overlap", new Shape(1, 3, 5, 4), new Window(3, 3)),
        Maps("Dropout: 0.3", new Shape(2, 3, 7, 7), (graph, x, y) => Dropout.Record(graph.Tape, x, 0.3, ordinal: 4, y)),
        Maps("Dropout: 0", new Shape(1, 3, 3, 3), (graph, x, y) => Dropout.Record(graph.Tape, x, 0, ordinal: 1, y)),
        ComparesWithLabels("many images", new Shape(5, 7, 1, 1)),
        ComparesWithLabels("one image", new Shape(1, 10, 1, 1)),
    ];

    private static OperationCase Convolves(string what, Shape x, Shape w, int stride = 1, int padding = 0) =>
        new($"Convolution: {what}", graph => Convolution.Record(
            graph.Tape, graph.Input("x", x), graph.Parameter("w", w), stride, padding,
            graph.Output("y", new Window(w.H, w.W, stride, padding).Over(x, w.N))));

    private static OperationCase TakesStatistics(string what, Shape x) =>
        new($"ChannelStatistics: {what}", graph => Measure(graph, graph.Input("x", x, mean: 0.5)));

    // Backends may take the statistics while they write y.
    private static OperationCase MeasuresConvolution(
        string what, Shape x, Shape w, int stride = 1, int padding = 0) =>
        new($"ChannelStatistics: of a convolution, {what}", graph =>
        {
            Variable y = graph.Output("y", new Window(w.H, w.W, stride, padding).Over(x, w.N));
            return Measure(graph, Convolution.Record(
                graph.Tape, graph.Input("x", x, mean: 0.5), graph.Parameter("w", w), stride, padding, y));
        });

    private static Variable Measure(SampleGraph graph, Variable x)
    {
        Statistics statistics = ChannelStatistics.Record(graph.Tape, x, graph.Statistics("x", x.Shape.C));
        Variable weights = graph.Constant("weights of the means", Shape.Vector(x.Shape.C));
        Variable means = Multiply.Record(graph.Tape, statistics.Mean, weights);
        return Add.Record(graph.Tape, means, statistics.Variance);
    }

    // The statistics are another input's, so that those of x itself, which some gradients would cancel, stay out of it.
    private static OperationCase Normalises(string what, Shape x) =>
        new($"NormRelu: {what}", graph => NormRelu.Record(
            graph.Tape, graph.Input("x", x), NewNorm(graph, "norm", graph.Input("other", x, mean: 0.2), isMoved: true),
            graph.Output("y", x)));

    private static OperationCase NormalisesAlone(string what, Shape x) =>
        new($"Norm: {what}", graph => Norm.Record(
            graph.Tape, graph.Input("x", x),
            NewNorm(graph, "norm", graph.Input("other", x, mean: 0.2), isMoved: true)));

    private static OperationCase NormalisesAndConvolves(
        string what, Shape x, Shape w, int stride = 1, int padding = 0) =>
        new($"NormReluConvolution: {what}", graph =>
        {
            Variable features = graph.Input("x", x);
            BatchNormalisation norm = NewNorm(graph, "norm", features, isMoved: true);
            Variable y = graph.Output("y", new Window(w.H, w.W, stride, padding).Over(x, w.N));
            return NormReluConvolution.Record(graph.Tape, features, norm, graph.Parameter("w", w), stride, padding, y);
        });

    private static Variable SharesStatistics(SampleGraph graph)
    {
        Shape shape = new(2, 3, 5, 5);
        Variable x = graph.Input("x", shape);
        BatchNormalisation first = NewNorm(graph, "first", x, isMoved: false);
        BatchNormalisation second = first with { Gamma = graph.Parameter("gamma 2", Shape.Vector(3)), Epsilon = 1e-3 };
        Variable y1 = NormRelu.Record(graph.Tape, x, first, graph.Output("y 1", shape));
        Variable y2 = NormRelu.Record(graph.Tape, x, second, graph.Output("y 2", shape));
        return Multiply.Record(graph.Tape, y1, y2);
    }

    private static BatchNormalisation NewNorm(SampleGraph graph, string name, Variable x, bool isMoved)
    {
        Shape vector = Shape.Vector(x.Shape.C);
        Statistics statistics = ChannelStatistics.Record(graph.Tape, x, graph.Statistics(x.Name, x.Shape.C));
        RunningStatistics running = new(
            graph.State("running mean", vector), graph.State("running variance", vector, mean: 1));
        return new BatchNormalisation(
            name, statistics, graph.Parameter("gamma", vector, mean: 1, deviation: 0.5),
            graph.Parameter("beta", vector, deviation: 0.5), Running: isMoved ? running : null);
    }

    private static OperationCase Maps(string name, Shape x, Func<SampleGraph, Variable, Variable, Variable> record) =>
        new(name, graph => record(graph, graph.Input("x", x), graph.Output("y", x)));

    private static OperationCase Pairs(
        string name, Shape a, Func<SampleGraph, Variable, Variable, Variable, Variable> record) =>
        new(name, graph => record(graph, graph.Input("a", a), graph.Input("b", a), graph.Output("y", a)));

    private static Variable SumsProducts(SampleGraph graph)
    {
        Variable a = graph.Input("a", Shape.Scalar), b = graph.Input("b", Shape.Scalar);
        Variable square = Multiply.Record(graph.Tape, a, a);
        return Add.Record(graph.Tape, square, Multiply.Record(graph.Tape, a, b));
    }

    private static OperationCase Scales(string what, double s) =>
        new($"Scale: {what}", graph =>
            Scale.Record(graph.Tape, graph.Input("x", new Shape(2, 3, 7, 5)), graph.Constant("s", s)));

    private static Variable SumsFeatures(SampleGraph graph)
    {
        Shape shape = new(2, 3, 5, 3);
        Variable a = graph.Input("a", shape), b = graph.Input("b", shape), c = graph.Input("c", shape);
        return WeightedSum.Record(graph.Tape, [a, b, c], [1, 0.5, 0.3125]);
    }

    private static Variable SumsLosses(SampleGraph graph)
    {
        Variable first = graph.Input("first logits", new Shape(3, 5, 1, 1));
        Variable last = graph.Input("last logits", new Shape(3, 5, 1, 1)), labels = graph.Labels(3, 5);
        return WeightedSum.Record(
            graph.Tape,
            [
                SoftmaxCrossEntropy.Record(graph.Tape, first, labels).Loss,
                SoftmaxCrossEntropy.Record(graph.Tape, last, labels).Loss,
            ],
            [0.25, 1]);
    }

    private static Variable PassesGates(SampleGraph graph)
    {
        Shape shape = new(2, 3, 3, 5);
        Variable gates = SurvivalGates.Record(graph.Tape, count: 2, last: 0.5);
        Variable a = Scale.Record(graph.Tape, graph.Input("a", shape), gates.Channels(0, 1));
        Variable b = Scale.Record(graph.Tape, graph.Input("b", shape), gates.Channels(1, 1));
        return Add.Record(graph.Tape, a, b);
    }

    private static Variable AddsGatedBranch(SampleGraph graph)
    {
        Shape shape = new(2, 3, 5, 3);
        Variable x = graph.Input("x", shape);
        Variable gate = SurvivalGates.Record(graph.Tape, count: 3, last: 0.5).Channels(1, 1);
        Variable branch = graph.Tape.Gated(gate, () =>
        {
            BatchNormalisation norm = NewNorm(graph, "norm", x, isMoved: true) with { Gate = gate };
            return NormRelu.Record(graph.Tape, x, norm);
        });
        return Add.Record(graph.Tape, x, Scale.Record(graph.Tape, branch, gate));
    }

    private static OperationCase AddsBias(string what, Shape x) =>
        new($"Bias: {what}", graph => Bias.Record(
            graph.Tape, graph.Input("x", x), graph.Parameter("b", Shape.Vector(x.C)), graph.Output("y", x)));

    private static OperationCase Averages(string what, Shape x, Window window) =>
        new($"AveragePool: {what}", graph =>
            AveragePool.Record(graph.Tape, graph.Input("x", x), window, graph.Output("y", window.Over(x, x.C))));

    private static OperationCase NormalisesAndAverages(string what, Shape x, Window window) =>
        new($"NormReluAveragePool: {what}", graph =>
        {
            Variable features = graph.Input("x", x);
            BatchNormalisation norm = NewNorm(graph, "norm", features, isMoved: true);
            Variable y = graph.Output("y", window.Over(x, x.C));
            return NormReluAveragePool.Record(graph.Tape, features, norm, window, y);
        });

    private static OperationCase TakesMaximum(string what, Shape x, Window window) =>
        new($"MaxPool: {what}", graph =>
            MaxPool.Record(graph.Tape, graph.Input("x", x), window, graph.Output("y", window.Over(x, x.C))));

    private static OperationCase ComparesWithLabels(string what, Shape logits) =>
        new($"SoftmaxCrossEntropy: {what}", graph => SoftmaxCrossEntropy.Record(
            graph.Tape, graph.Input("logits", logits), graph.Labels(logits.N, logits.C)).Loss);
}
