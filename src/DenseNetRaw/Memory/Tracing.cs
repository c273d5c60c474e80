using System.Text.Json;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Memory;

/// <summary>
/// The planner's eyes: a backend that computes nothing and writes down each call, in order, with what it touches. So
/// lifetimes are observed, not declared; gradients are cleared when their life begins, unless the first call covers all
/// of them and can store; a dropped value is replayed just before the call that reads it.
/// </summary>
/// <param name="target">The backend that will make the calls.</param>
public sealed partial class Tracing(Backend target) : Backend
{
    private readonly List<Call> _calls = [];
    private readonly Dictionary<Storage, List<Lifetime>> _lifetimes = [];
    private readonly Dictionary<Storage, List<Node>> _producers = [];
    private readonly HashSet<Storage> _replayed = [];
    private Node? _node;
    private Phase _phase;
    private bool _isUngated;

    /// <inheritdoc/>
    public override string Name => $"tracing {target.Name}";

    /// <summary>The calls of the step.</summary>
    public IReadOnlyList<Call> Calls => _calls;

    /// <summary>The lifetimes of every storage that the plan must place, in order of first use.</summary>
    public IReadOnlyDictionary<Storage, List<Lifetime>> Lifetimes => _lifetimes;

    /// <summary>Plays one node's part of a phase; backward only where some output's gradient exists.</summary>
    public void Play(Node node, Phase phase)
    {
        if (phase == Phase.Backward
            && !node.Outputs.Any(output => output.HasGradient && HasBegun(output.Gradient.Storage)))
        {
            return;
        }

        (Node? outerNode, Phase outerPhase) = (_node, _phase);
        (_node, _phase) = (node, phase);
        Action<Backend> play = phase switch
        {
            Phase.Forward => node.Forward,
            Phase.Replay => node.Replay,
            _ => node.Backward,
        };
        play(this);
        (_node, _phase) = (outerNode, outerPhase);
    }

    /// <summary>Lets every kept storage live to the end of the step.</summary>
    internal void Finish()
    {
        foreach ((Storage storage, List<Lifetime> lifetimes) in _lifetimes)
        {
            if (storage.IsKept)
            {
                lifetimes[^1] = lifetimes[^1] with { Last = _calls.Count - 1 };
            }
        }
    }

    /// <summary>
    /// Writes a call down: what it reads, what it writes, which gradients it adds to, and how to make it.
    /// </summary>
    private void Add(
        string operation, Tensor[] reads, Tensor[] writes, Tensor[] adds, Action<Backend, Grant> action,
        long workspaceBytes = 0, long multiplyAdds = 0, long? statisticsBytes = null,
        ConvolutionCall? convolution = null)
    {
        foreach (Tensor read in reads)
        {
            MakeReadable(operation, read);
        }

        bool stores = adds is [{ IsWhole: true } dx, ..] && !dx.Storage.IsPersistent && !HasBegun(dx.Storage)
            && !IsSharedThroughGate(dx.Storage);
        foreach (Tensor sum in stores ? adds.AsSpan(1) : adds)
        {
            ClearAtBirth(sum.Storage);
        }

        Storage? workspace = workspaceBytes == 0 ? null : Workspace(operation, workspaceBytes);
        foreach (Tensor read in reads)
        {
            Touch(read.Storage);
        }

        Tensor[] written = [.. writes, .. adds];
        TouchWritten(written);

        if (workspace is not null)
        {
            Touch(workspace);
        }

        // The one call of no node is the backward pass's first: dloss = 1.
        Phase phase = _node is null ? Phase.Backward : _phase;
        _calls.Add(new Call(operation, _node, phase, reads, written, new Grant(workspace, stores), action)
        {
            MultiplyAdds = multiplyAdds,
            BytesMoved = BytesOf(reads) + BytesOf(written),
            StatisticsBytes = statisticsBytes,
            Convolution = convolution,
            IsUngated = _isUngated,
        });
    }

    /// <summary>
    /// Whether the node being traced is behind a gate and the gradient is not: the first call to touch it may be left
    /// out, so the gradient is cleared by a call that is not, and added to. Scratch is one node's alone.
    /// </summary>
    private bool IsSharedThroughGate(Storage gradient) =>
        _node?.Gate is { } gate && !gradient.Role.IsTransient() && !_node.Inputs.Concat(_node.Outputs).Any(variable =>
            variable.HasGradient && variable.Gradient.Storage == gradient
            && _producers.TryGetValue(variable.Value.Storage, out List<Node>? producers)
            && producers.All(producer => producer.Gate?.Value == gate.Value));

    /// <summary>
    /// Has the call just written down take the statistics of x, if it wrote x and nothing else and can take them.
    /// </summary>
    private bool TakesStatistics(Tensor x, Tensor mean, Tensor variance)
    {
        if (_phase != Phase.Forward
            || _calls is not [.., { Phase: Phase.Forward, StatisticsBytes: { } bytes, Writes: [Tensor y] } call]
            || y != x)
        {
            return false;
        }

        _calls.RemoveAt(_calls.Count - 1);
        TouchWritten(mean, variance);
        Storage? workspace = bytes == 0 ? null : Workspace(nameof(ChannelStatistics), bytes);
        if (workspace is not null)
        {
            Touch(workspace);
        }

        _calls.Add(call.Taking(new StatisticsGrant(mean, variance, workspace), BytesOf([mean, variance])));
        return true;
    }

    private long BytesOf(Tensor[] tensors) =>
        tensors.Sum(tensor => target.BytesOf(tensor.Shape, tensor.Storage.Role));

    private void TouchWritten(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (Tensor tensor in tensors)
        {
            Touch(tensor.Storage);
            if (_phase == Phase.Forward && _node is not null)
            {
                NoteProducer(tensor.Storage, _node);
            }
        }
    }

    private void NoteProducer(Storage storage, Node node)
    {
        if (!_producers.TryGetValue(storage, out List<Node>? producers))
        {
            _producers[storage] = producers = [];
        }

        if (!producers.Contains(node))
        {
            producers.Add(node);
        }
    }

    private bool HasBegun(Storage storage) => storage.IsPersistent || _lifetimes.ContainsKey(storage);

    private void MakeReadable(string operation, Tensor read)
    {
        Storage storage = read.Storage;
        if (storage.IsRecomputed && _phase != Phase.Forward && _replayed.Add(storage))
        {
            foreach (Node producer in _producers[storage])
            {
                Play(producer, Phase.Replay);
            }
        }
        else if (storage.Role is StorageRole.Input or StorageRole.Labels)
        {
            _lifetimes.TryAdd(storage, [new Lifetime(0, 0)]);
        }
        else if (!HasBegun(storage))
        {
            if (_phase != Phase.Backward)
            {
                throw new InvalidOperationException($"{operation} of {_node} reads {read} before anything wrote it");
            }

            ClearAtBirth(storage);
        }
    }

    private void ClearAtBirth(Storage storage)
    {
        if (!HasBegun(storage))
        {
            _isUngated = IsSharedThroughGate(storage);
            Fill(0, Tensor.Of(storage));
            _isUngated = false;
        }
    }

    private void Touch(Storage storage)
    {
        if (storage.IsPersistent)
        {
            return;
        }

        int now = _calls.Count;
        if (!_lifetimes.TryGetValue(storage, out List<Lifetime>? lifetimes))
        {
            _lifetimes[storage] = [new Lifetime(now, now)];
        }
        else if (_phase == Phase.Replay && storage.IsRecomputed && lifetimes.Count == 1)
        {
            lifetimes.Add(new Lifetime(now, now));
        }
        else
        {
            lifetimes[^1] = lifetimes[^1] with { Last = now };
        }
    }

    private Storage Workspace(string operation, long bytes)
    {
        long elementBytes = target.BytesOf(Shape.Scalar, StorageRole.Workspace);
        long elements = (bytes + elementBytes - 1) / elementBytes;

        // An extent is an int: of what is larger there are several rows, one above the other.
        int rows = checked((int)((elements + int.MaxValue - 1) / int.MaxValue));
        int inRow = (int)((elements + rows - 1) / rows);
        return new Storage($"workspace of {Words(operation)}", new Shape(rows, 1, 1, inRow), StorageRole.Workspace);
    }

    /// <summary>A backend's method in words: "norm-relu-convolution, backward".</summary>
    private static string Words(string operation)
    {
        const string Backward = "-backward";
        string words = JsonNamingPolicy.KebabCaseLower.ConvertName(operation);
        return words.EndsWith(Backward, StringComparison.Ordinal) ? $"{words[..^Backward.Length]}, backward" : words;
    }
}
