using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;

namespace DenseNetRaw.Tests.Backends;

/// <summary>A CPU that fails where it is told to, and that knows what memory it has given.</summary>
internal sealed class RefusingBackend(int threads) : CpuBackend(threads)
{
    /// <summary>The allocation that is refused, counted from now on; 0 for none.</summary>
    public int Countdown { get; set; }

    /// <summary>Whether it fails at what is asked of it while it has memory given.</summary>
    public bool FailsWhileHolding { get; init; }

    /// <summary>Bytes given and not given back.</summary>
    public long HeldBytes { get; private set; }

    public override DeviceMemory Allocate(long bytes)
    {
        if (Countdown > 0 && --Countdown == 0)
            throw new InsufficientMemoryException("planted");
        HeldBytes += bytes;
        return new Lent(base.Allocate(bytes), () => HeldBytes -= bytes);
    }

    public override long BytesOf(Shape shape, StorageRole role)
    {
        Require();
        return base.BytesOf(shape, role);
    }

    public override IImagewise? PlanImagewise(Func<Tape, Variable, IReadOnlyList<Variable>> forward, Shape x) =>
        base.PlanImagewise(forward, x) is { } planned ? new Watched(planned, Require) : null;

    private void Require()
    {
        if (FailsWhileHolding && HeldBytes > 0)
            throw new InvalidOperationException("planted");
    }

    private sealed class Lent(DeviceMemory memory, Action givenBack) : DeviceMemory(memory.Address, memory.Bytes)
    {
        private bool _isGivenBack;

        protected override void Dispose(bool disposing)
        {
            if (!_isGivenBack)
            {
                _isGivenBack = true;
                memory.Dispose();
                givenBack();
            }
        }
    }

    private sealed class Watched(IImagewise planned, Action require) : IImagewise
    {
        public IReadOnlyList<Shape> Outputs => planned.Outputs;

        public long MultiplyAdds => planned.MultiplyAdds;

        public long WorkspaceBytes => planned.WorkspaceBytes;

        public void Play(Tensor x, Tensor[] ys, nint workspace) => planned.Play(x, ys, workspace);

        public void Prepare(nint workspace)
        {
            require();
            planned.Prepare(workspace);
        }

        public void Play(Tensor x, Tensor[] ys, int images, OutputRule? ends) => planned.Play(x, ys, images, ends);
    }
}
