using DenseNetRaw.Autograd;
using DenseNetRaw.Models;
using DenseNetRaw.Modules;
using DenseNetRaw.Tests.Models;
using DenseNetRaw.Training;

namespace DenseNetRaw.Tests.Evaluation;

/// <summary>
/// A small network with three exits on images of 8×8. Across its first cut one feature map is alive, across its second
/// two, one of them a slab of which half is written later.
/// </summary>
internal sealed class ThreeExits : Model
{
    public const int Side = 8;
    private const int Width = 6;

    private readonly ConvolutionLayer _stem, _second;
    private readonly NormReluConvolutionLayer _first, _third, _fourth;
    private readonly NormLayer[] _norms;
    private readonly LinearLayer[] _classifiers;

    public ThreeExits()
        : base(new Extent())
    {
        _stem = Add(new ConvolutionLayer("stem", 3, Width, 3));
        _first = Unit("first", Width, Width);
        _second = Add(new ConvolutionLayer("second", Width, Width, 3, stride: 2));
        _third = Unit("third", Width, Width);
        _fourth = Unit("fourth", 2 * Width, 2 * Width);
        int[] channels = [Width, Width, 2 * Width];
        _norms = [.. channels.Select((c, i) => Add(new NormLayer($"norm{i + 1}", c)))];
        _classifiers = [.. channels.Select((c, i) => Add(new LinearLayer($"exit{i + 1}", c, 10)))];
    }

    /// <summary>Multiply-adds up to each exit: 3×3 convolutions over 64 and 16 pixels, and classifiers.</summary>
    public static long[] Costs { get; } = Sums(
        (64 * 9 * Width * (3 + Width)) + (10 * Width),
        (16 * 9 * Width * (Width + Width)) + (10 * Width),
        (16 * 9 * 2 * Width * 2 * Width) + (10 * 2 * Width));

    /// <summary>The network with parameters, norms' among them, that are no zeros and ones.</summary>
    public static (ThreeExits Model, ParameterStore Parameters) On(DenseNetRaw.Backends.Backend backend)
    {
        ThreeExits model = new();
        ParameterStore parameters = new(model, backend, seed: 3);
        uint stream = 50;
        foreach (NormLayer norm in model.NormLayers)
        {
            Variable[] vectors = [norm.Gamma, norm.Beta, norm.Running.Mean, norm.Running.Variance];
            for (int i = 0; i < vectors.Length; i++)
            {
                double least = i % 3 == 0 ? 1 : 0;
                double[] values = [.. NetworkStep.RandomNumbers(vectors[i].Shape.Count, stream++)];
                backend.Upload([.. values.Select(value => least + (0.3 * Math.Tanh(value)))], vectors[i].Value);
            }
        }

        return (model, parameters);
    }

    public override IReadOnlyList<Exit> Exits(Tape tape, Variable x)
    {
        Variable a = _first.Forward(tape, _stem.Forward(tape, x));
        Exit first = Classify(tape, 0, a);
        Shape half = new(x.Shape.N, 2 * Width, Side / 2, Side / 2);
        Variable slab = tape.NewFeatures("slab", half);
        Variable b = slab.Channels(0, Width);
        _second.Forward(tape, a, b);
        Variable c = _third.Forward(tape, b);
        Exit second = Classify(tape, 1, c);
        DenseNetRaw.Operations.Add.Record(tape, b, c, slab.Channels(Width, Width));
        return [first, second, Classify(tape, 2, _fourth.Forward(tape, slab))];
    }

    private static long[] Sums(params long[] parts) => [parts[0], parts[0] + parts[1], parts.Sum()];

    private NormReluConvolutionLayer Unit(string name, int inputs, int outputs) => Add(new NormReluConvolutionLayer(
        new NormLayer($"{name}.norm", inputs), new ConvolutionLayer($"{name}.conv", inputs, outputs, 3), null));

    private Exit Classify(Tape tape, int exit, Variable x) => new(_classifiers[exit].Forward(
        tape, _norms[exit].ForwardPooled(tape, x, new Window(x.Shape.H, x.Shape.W))));

    private sealed record Extent : ModelConfiguration
    {
        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public Extent() => (Name, InputHeight, InputWidth) = ("three-exits", Side, Side);

        public override int Depth => 6;

        public override IEnumerable<(string Flag, object Value)> Extents => [];

        public override string Form => "test";

        public override Model NewModel() => new ThreeExits();
    }
}
