// An operation of one's own, y = sin(x), in one file; its gradient beside a central difference.
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;

Tape tape = new(MemoryStrategy.Slab);
Variable x = tape.NewInput("x", new Shape(1, 3, 1, 1), hasGradient: true);
Variable y = Sine.Record(tape, x);
(x.Gradient.Storage.IsKept, y.Value.Storage.IsKept) = (true, true);
using ReferenceBackend backend = new();
MemoryPlan plan = MemoryPlanner.Plan(tape, backend, y);
using DeviceMemory arena = backend.Allocate(plan.PeakBytes);
plan.Bind(arena);
double[] at = [0, 0.5, 2], sines = new double[3], slopes = new double[3];
backend.Upload(at, x.Value);
plan.Play(backend);
backend.Download(y.Value, sines);
backend.Download(x.Gradient, slopes);
for (int i = 0; i < at.Length; i++)
{
    double slope = (Math.Sin(at[i] + 1e-5) - Math.Sin(at[i] - 1e-5)) / 2e-5;
    Console.WriteLine(FormattableString.Invariant(
        $"sin {at[i]:0.0} = {sines[i]:0.0000}, gradient {slopes[i]:0.0000}, by difference {slope:0.0000}"));
}

/// <summary>y = sin(x), element by element; x, y [N, C, H, W].</summary>
internal sealed class Sine(Variable x, Variable y) : Node([x], [y])
{
    private readonly double[] _x = New(x), _y = New(x), _dx = New(x);

    public static Variable Record(Tape tape, Variable x)
    {
        Variable y = tape.NewVariable($"sin {x.Name}", x.Shape);
        tape.Record(new Sine(x, y));
        return y;
    }

    // The planner needs to know which tensors a kernel touches, and nothing of what it computes.
    public override void Forward(Backend backend) => backend.Custom("Sine", [x.Value], b =>
    {
        b.Download(x.Value, _x);
        for (int i = 0; i < _x.Length; i++)
            _y[i] = Math.Sin(_x[i]);
        b.Upload(_y, y.Value);
    }, writes: [y.Value], sums: []);

    public override void Backward(Backend backend) => backend.Custom("SineBackward", [x.Value, y.Gradient], b =>
    {
        b.Download(x.Value, _x);
        b.Download(y.Gradient, _y);
        b.Download(x.Gradient, _dx);
        for (int i = 0; i < _x.Length; i++)
            _dx[i] += _y[i] * Math.Cos(_x[i]);
        b.Upload(_dx, x.Gradient);
    }, writes: [], sums: [x.Gradient]);

    private static double[] New(Variable like) => new double[like.Shape.Count];
}
