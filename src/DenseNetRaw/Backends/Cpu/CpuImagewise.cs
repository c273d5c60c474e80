using System.Runtime.InteropServices;
using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// A forward pass with an image a thread: each thread plays a plan for one image in an arena of its own, which stays in
/// its cache, and takes the next image when it is done, so that within the network no thread waits for another. What
/// convolutions read of parameters is prepared once for all images.
/// </summary>
internal sealed unsafe class CpuImagewise : IImagewise
{
    private readonly WorkPool _pool;
    private readonly Func<Tape, Variable, IReadOnlyList<Variable>> _forward;
    private readonly Shape _image;
    private readonly PreparedConvolutions _prepared = new();
    private readonly CpuBackend[] _players;
    private readonly Pass?[] _passes;
    private Planes _x;
    private readonly Planes[] _ys;
    private readonly int[] _callsTo;
    private OutputRule? _ends;

    /// <summary>Records the pass for one image.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="lanes">Elements of the vectors that are computed with.</param>
    /// <param name="forward">Records the pass and returns its outputs.</param>
    /// <param name="x">The batch.</param>
    public CpuImagewise(WorkPool pool, int lanes, Func<Tape, Variable, IReadOnlyList<Variable>> forward, Shape x)
    {
        (_pool, _forward, _image) = (pool, forward, x with { N = 1 });
        _players = new CpuBackend[pool.Threads];
        for (int thread = 0; thread < pool.Threads; thread++)
        {
            _players[thread] = new CpuBackend(lanes, _prepared);
        }

        _passes = new Pass?[pool.Threads];
        Pass pass = Record(0);
        foreach (Node node in pass.Tape.Nodes)
        {
            node.Prepare(_players[0]);
        }

        Outputs = [.. pass.Ys.Select(y => y.Shape with { N = x.N })];
        _ys = new Planes[Outputs.Count];
        _callsTo = [.. pass.Ys.Select(y => pass.Plan.CallsTo(y.Value))];
        MultiplyAdds = x.N * pass.Tape.Nodes.Sum(node => node.MultiplyAdds);
        WorkspaceBytes = _prepared.Bytes + (pool.Threads * pass.Plan.PeakBytes);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Shape> Outputs { get; }

    /// <inheritdoc/>
    public long MultiplyAdds { get; }

    /// <inheritdoc/>
    public long WorkspaceBytes { get; }

    /// <inheritdoc/>
    public void Play(Tensor x, Tensor[] ys, nint workspace)
    {
        Prepare(workspace);
        Play(x, ys, x.Shape.N, null);
    }

    /// <inheritdoc/>
    public void Prepare(nint workspace)
    {
        Bind(workspace);
        RunOver(_passes[0]!.Tape.Nodes.Count, &PrepareNode);
    }

    /// <inheritdoc/>
    public void Play(Tensor x, Tensor[] ys, int images, OutputRule? ends)
    {
        _ends = ends;
        _x = new Planes(x);
        for (int y = 0; y < ys.Length; y++)
        {
            _ys[y] = new Planes(ys[y]);
        }

        RunOver(images, &PlayImage);
    }

    private void RunOver(int items, delegate*<void*, int, int, void> work)
    {
        GCHandle self = GCHandle.Alloc(this);
        try
        {
            _pool.Run(work, (void*)GCHandle.ToIntPtr(self), items);
        }
        finally
        {
            self.Free();
        }
    }

    private static CpuImagewise From(void* self) => (CpuImagewise)GCHandle.FromIntPtr((nint)self).Target!;

    private static void PrepareNode(void* self, int node, int thread) =>
        From(self)._passes[0]!.Tape.Nodes[node].Prepare(From(self)._players[thread]);

    private static void PlayImage(void* self, int image, int thread) => From(self).PlayImage(image, thread);

    /// <remarks>The pass reads the image where it lies, and leaves its outputs where they belong.</remarks>
    private void PlayImage(int image, int thread)
    {
        Pass pass = _passes[thread]!;
        pass.X.Value.Storage.Address = (nint)_x.Image(image);
        for (int y = 0; y < _ys.Length; y++)
        {
            pass.Ys[y].Value.Storage.Address = (nint)_ys[y].Image(image);
        }

        int call = 0;
        for (int y = 0; y < _ys.Length; y++)
        {
            for (; call < _callsTo[y]; call++)
            {
                pass.Plan.Calls[call].Play(_players[thread]);
            }

            if (_ends is not null && _ends(image, y, new(_ys[y].Image(image), Outputs[y].C * Outputs[y].Plane)))
            {
                return;
            }
        }
    }

    /// <remarks>
    /// To know the bytes, one thread's recording is enough: the others are made when the pass is first played.
    /// </remarks>
    private void Bind(nint workspace)
    {
        if (_prepared.Address == workspace)
        {
            return;
        }

        _prepared.Address = workspace;
        for (int thread = 0; thread < _passes.Length; thread++)
        {
            Pass pass = _passes[thread] ?? Record(thread);
            pass.Plan.Bind(workspace + (nint)(_prepared.Bytes + (thread * pass.Plan.PeakBytes)));
        }
    }

    private Pass Record(int thread)
    {
        // Nothing is kept for a backward pass.
        Tape tape = new(MemoryStrategy.SlabMinimal, isTraining: false);
        Variable x = tape.NewInput("image", _image);
        IReadOnlyList<Variable> ys = _forward(tape, x);
        foreach (Variable y in ys)
        {
            y.Value.Storage.IsKept = true;
        }

        return _passes[thread] = new Pass(tape, x, ys, MemoryPlanner.Plan(tape, _players[thread]));
    }

    /// <summary>One thread's recording.</summary>
    private sealed record Pass(Tape Tape, Variable X, IReadOnlyList<Variable> Ys, MemoryPlan Plan);
}
