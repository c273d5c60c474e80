// A dense block of two layers without the modules: one storage, statistics recorded once, every layer reads a prefix.
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;

const int Images = 8, InputChannels = 4, GrowthRate = 2, Layers = 2, Extent = 6;

Tape tape = new(MemoryStrategy.Slab);
Variable images = tape.NewInput("images", new Shape(Images, 3, Extent, Extent));
Variable block = tape.NewFeatures("block", new Shape(Images, InputChannels + (Layers * GrowthRate), Extent, Extent));

// The stem writes the first channels of the block.
Variable stem = block.Channels(0, InputChannels);
Convolution.Record(tape, images, Weight("stem", 3, InputChannels), padding: 1, y: stem);
ChannelStatistics.Record(tape, stem, stem.Statistics);

// Layer l reads all channels before it and writes its own, and takes statistics of those alone.
for (int l = 0; l < Layers; l++)
{
    int channels = InputChannels + (l * GrowthRate);
    Variable x = block.Channels(0, channels), y = block.Channels(channels, GrowthRate);
    Parameter w = Weight($"conv{l}", channels, GrowthRate);
    NormReluConvolution.Record(tape, x, Norm($"norm{l}", x), w, padding: 1, y: y);
    ChannelStatistics.Record(tape, y, y.Statistics);
}

Variable labels = tape.NewInput("labels", new Shape(Images, 1, 1, 1), StorageRole.Labels);
Variable pooled = AveragePool.RecordGlobal(tape, NormRelu.Record(tape, block, Norm("norm", block)));
(Variable loss, _) = SoftmaxCrossEntropy.Record(tape, pooled, labels);
Console.WriteLine(tape);

using ReferenceBackend backend = new();
MemoryPlan plan = MemoryPlanner.Plan(tape, backend, loss);
Console.WriteLine($"{plan.Calls.Count} calls in {plan.PeakBytes} bytes, the lower bound being {plan.LowerBoundBytes}");
foreach (Placement placement in plan.Placements.OrderBy(p => p.Offset).ThenBy(p => p.Lifetimes[0].First))
{
    string lives = string.Join(", ", placement.Lifetimes.Select(life => $"{life.First}…{life.Last}"));
    Console.WriteLine($"{placement.Offset,6} + {placement.Bytes,5} in calls {lives,-6} {placement.Storage}");
}

static Parameter Weight(string name, int inputs, int outputs)
{
    Shape shape = new(outputs, inputs, 3, 3);
    return new Parameter($"{name}.weight", shape, InitialDistribution.He(shape), rank: 4);
}

static BatchNormalisation Norm(string name, Variable x) => new(
    name, x.Statistics!,
    new Parameter($"{name}.gamma", Shape.Vector(x.Shape.C), new InitialDistribution(1), rank: 1),
    new Parameter($"{name}.beta", Shape.Vector(x.Shape.C), new InitialDistribution(0), rank: 1));
