using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Evaluation;

/// <summary>A network's forward pass for one batch size, cut after each exit's logits.</summary>
internal sealed class ExitPlan
{
    private readonly MemoryPlan _plan;

    /// <summary>Records and plans the pass.</summary>
    /// <param name="forward">Records the network and returns the logits of its exits.</param>
    /// <param name="x">The batch.</param>
    /// <param name="backend">Where it will be played.</param>
    /// <param name="memory">How the network's storages lie.</param>
    public ExitPlan(
        Func<Tape, Variable, IReadOnlyList<Variable>> forward, Shape x, Backend backend, MemoryStrategy memory)
    {
        Tape tape = new(memory, isTraining: false);
        Variable images = tape.NewInput("images", x);
        IReadOnlyList<Variable> logits = forward(tape, images);
        foreach (Variable y in logits)
        {
            y.Value.Storage.IsKept = true;
        }

        (Images, Logits) = (images.Value, [.. logits.Select(y => y.Value)]);
        _plan = MemoryPlanner.Plan(tape, backend);
        int[] cuts = [0, .. Logits.Select(_plan.CallsTo)];
        Segments = [.. cuts.Zip(cuts.Skip(1), _plan.Part)];
        Live = [.. logits.Select(y => LiveAfter(tape, images, tape.NodesTo(y)))];
    }

    /// <summary>Images in the batch.</summary>
    public int Size => Images.Shape.N;

    /// <summary>[N, 3, H, W].</summary>
    public Tensor Images { get; }

    /// <summary>The logits of each exit, [N, classes, 1, 1].</summary>
    public Tensor[] Logits { get; }

    /// <summary>The calls that lead from one exit's logits to the next one's.</summary>
    public MemoryPlan[] Segments { get; }

    /// <summary>
    /// What was written before each exit's logits and is read after them; the same, in the same order, for any batch.
    /// </summary>
    public Storage[][] Live { get; }

    /// <summary>Bytes of its arena.</summary>
    public long Bytes => _plan.PeakBytes;

    /// <summary>Gives every storage its address.</summary>
    public void Bind(nint arena) => _plan.Bind(arena);

    private static Storage[] LiveAfter(Tape tape, Variable images, int nodes)
    {
        HashSet<Storage> written = [images.Value.Storage];
        written.UnionWith(tape.Nodes.Take(nodes).SelectMany(node => node.Outputs).Select(y => y.Value.Storage));
        return
        [
            .. tape.Nodes.Skip(nodes).SelectMany(node => node.Inputs).Select(x => x.Value.Storage)
                .Where(storage => !storage.IsPersistent && written.Contains(storage)).Distinct(),
        ];
    }
}
