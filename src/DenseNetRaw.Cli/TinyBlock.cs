using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Modules;
using DenseNetRaw.Operations;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>
/// A dense block small enough to follow by hand: two images of 2×2 pixels and two channels, one layer with a bottleneck
/// of two channels that adds one; then norm-relu, global average pooling and the loss over three classes.
/// </summary>
internal sealed class TinyBlock : Module, IDisposable
{
    private const int Images = 2, Channels = 2, GrowthRate = 1, Bottleneck = 2, Extent = 2;
    private readonly DenseBlock _block;
    private readonly NormLayer _norm;
    private readonly ParameterStore _parameters;
    private readonly DeviceMemory _arena;

    public TinyBlock(MemoryStrategy memory)
    {
        _block = Add(new DenseBlock("block", 1, Channels, GrowthRate, Bottleneck, _ => null));
        _norm = Add(new NormLayer("norm", Channels + GrowthRate));
        Tape = new Tape(memory);
        Variable images = Tape.NewInput("images", new Shape(Images, Channels, Extent, Extent));
        Variable labels = Tape.NewInput("labels", new Shape(Images, 1, 1, 1), StorageRole.Labels);
        (Variable loss, _) = SoftmaxCrossEntropy.Record(Tape, Forward(Tape, images), labels);
        Plan = MemoryPlanner.Plan(Tape, Backend, loss);
        _parameters = new ParameterStore(this, Backend, seed: 0);
        _arena = Backend.Allocate(Plan.PeakBytes);
        Plan.Bind(_arena);
        Backend.Upload([1.0, 2, 3, 4, 4, 1, 0, 2, 0, 1, 1, 6, 2, 3, 3, 2], images.Value);
        Backend.Upload([0, 2], labels.Value);
        Upload("block.denselayer1.conv1.weight", [1, -0.5, 0.5, 1]);
        Upload(
            "block.denselayer1.conv2.weight",
            [0, 0.25, 0, 0.25, 0.5, 0.25, 0, 0.25, 0, 0, -0.25, 0, -0.25, 0.5, -0.25, 0, -0.25, 0]);
    }

    public Backend Backend { get; } = new ReferenceBackend();

    public Tape Tape { get; }

    public MemoryPlan Plan { get; }

    public override Variable Forward(Tape tape, Variable x)
    {
        Variable features = _block.NewFeatures(tape, x.Shape);
        Copy.Record(tape, x, features.Channels(0, Channels));
        return AveragePool.RecordGlobal(tape, _norm.Forward(tape, _block.Forward(tape, features)));
    }

    public void Dispose()
    {
        _arena.Dispose();
        _parameters.Dispose();
        Backend.Dispose();
    }

    private void Upload(string parameter, double[] values) =>
        Backend.Upload(values, Parameters.Single(p => p.Name == parameter).Value);
}
