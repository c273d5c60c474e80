using System.Globalization;
using System.Text;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Cli;

/// <summary>Plays a step call by call and writes what each call wrote: the numbers, and where they lie.</summary>
internal sealed class TraceValues
{
    private readonly TinyBlock _block;
    private readonly TextWriter _output;
    private readonly Dictionary<Storage, Placement> _placements;
    private readonly HashSet<Storage> _seen = [];

    private TraceValues(TinyBlock block, TextWriter output)
    {
        (_block, _output) = (block, output);
        _placements = block.Plan.Placements.ToDictionary(placement => placement.Storage);
    }

    /// <summary>Plays the block's training step, forward, replays and backward.</summary>
    public static void Write(TinyBlock block, TextWriter output) => new TraceValues(block, output).Write();

    /// <summary>A tensor's storage and channels, without its shape.</summary>
    public static string NameOf(Tensor tensor) => tensor.IsWhole
        ? tensor.Storage.Name
        : $"{tensor.Storage.Name}[{tensor.FirstChannel}…{tensor.FirstChannel + tensor.Shape.C - 1}]";

    private void Write()
    {
        _output.WriteLine($"A dense layer, 2 channels + 1, on 2 images of 2×2; float64, {_block.Tape.Memory.Name}.");
        _output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"The step: {_block.Plan.Calls.Count} calls in an arena of {_block.Plan.PeakBytes} bytes. "
            + $"Uploaded before it:"));
        foreach (Placement input in _block.Plan.Placements.Where(p => p.Storage.Role == StorageRole.Input))
        {
            WriteTensor(Tensor.Of(input.Storage), "uploaded");
        }

        _output.WriteLine("    the classes of the two images: 0 and 2");
        (Node? Node, Phase Phase)? last = null;
        for (int i = 0; i < _block.Plan.Calls.Count; i++)
        {
            Call call = _block.Plan.Calls[i];
            if ((call.Node, call.Phase) != last)
            {
                WriteHeading(call);
                last = (call.Node, call.Phase);
            }

            call.Play(_block.Backend);
            WriteCall(i, call);
        }
    }

    private void WriteHeading(Call call)
    {
        _output.WriteLine();
        _output.WriteLine(call.Node is null
            ? "BACKWARD begins with dloss/dloss = 1"
            : $"{Title(call.Phase)} node {IndexOf(call.Node)}: {call.Node.Operation} → {Names(call.Node)}");
    }

    private static string Title(Phase phase) => phase.ToString().ToUpperInvariant();

    private int IndexOf(Node node) => _block.Tape.Nodes.Index().First(pair => pair.Item == node).Index;

    private static string Names(Node node) => string.Join(", ", node.Outputs.Select(y => NameOf(y.Value)));

    private void WriteCall(int number, Call call)
    {
        _output.WriteLine($"  call {number}: {call.Operation}({string.Join(", ", call.Reads.Select(NameOf))})");
        foreach (Tensor written in call.Writes)
        {
            bool stores = call.Operation == nameof(Backend.Fill) || (call.Grant.Stores && written == call.Writes[0]);
            WriteTensor(written, stores || !IsGradient(written.Storage) ? "stored" : "added to");
        }
    }

    private static bool IsGradient(Storage storage) =>
        storage.Role is StorageRole.FeatureGradient or StorageRole.ParameterGradient
        || storage.Name.StartsWith("d ", StringComparison.Ordinal);

    private void WriteTensor(Tensor tensor, string how)
    {
        _output.WriteLine($"    {NameOf(tensor)} {tensor.Shape}, {Kind(tensor.Storage)}, {how}, {Place(tensor)}");
        double[] values = new double[tensor.Shape.Count];
        _block.Backend.Download(tensor, values);
        if (tensor.Shape.Plane == 1)
        {
            _output.WriteLine($"      {Numbers(values)}");
            return;
        }

        for (int n = 0; n < tensor.Shape.N; n++)
        {
            WriteImage(tensor, n, values.AsSpan(n * tensor.Shape.C * tensor.Shape.Plane));
        }
    }

    /// <summary>One line an image (or an output channel of a weight): its channels, each row by row.</summary>
    private void WriteImage(Tensor tensor, int n, ReadOnlySpan<double> values)
    {
        StringBuilder line = new($"      [{n}]");
        for (int c = 0; c < tensor.Shape.C; c++)
        {
            line.Append(CultureInfo.InvariantCulture, $"  channel {tensor.FirstChannel + c}:");
            for (int h = 0; h < tensor.Shape.H; h++)
            {
                int row = ((c * tensor.Shape.H) + h) * tensor.Shape.W;
                line.Append(h == 0 ? " " : " | ").Append(Numbers(values.Slice(row, tensor.Shape.W)));
            }
        }

        _output.WriteLine(line.ToString());
    }

    private static string Kind(Storage storage) => storage.Role switch
    {
        StorageRole.Scratch => IsGradient(storage) ? "gradient in scratch" : "value in scratch",
        StorageRole.RunningStatistics => "running statistics",
        _ => IsGradient(storage) ? "gradient" : "value",
    };

    /// <summary>Where the storage lies and while which calls it holds what it holds now.</summary>
    private string Place(Tensor tensor)
    {
        if (!_placements.TryGetValue(tensor.Storage, out Placement? placement))
        {
            return "outside the arena";
        }

        string lives = string.Join(" and ", placement.Lifetimes.Select(life => $"{life.First}…{life.Last}"));
        string bytes = $"{placement.Offset}…{placement.Offset + placement.Bytes - 1}";
        return _seen.Add(tensor.Storage) ? $"bytes {bytes} in calls {lives}" : $"bytes {bytes}";
    }

    private static string Numbers(ReadOnlySpan<double> values)
    {
        List<string> texts = [];
        foreach (double value in values)
        {
            // Rounded first, and 0 added, so that a negative that rounds to zero has no sign.
            texts.Add((Math.Round(value, 4) + 0.0).ToString("0.0000", CultureInfo.InvariantCulture).PadLeft(7));
        }

        return string.Join(' ', texts);
    }
}
