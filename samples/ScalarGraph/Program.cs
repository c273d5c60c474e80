// Two multiplications and an addition: y = a·a + a·b, so dy/da = 2a + b and dy/db = a.
using System.Globalization;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;

// Record: the tape holds shapes and no numbers.
Tape tape = new(MemoryStrategy.Slab);
Variable a = tape.NewInput("a", Shape.Scalar, hasGradient: true);
Variable b = tape.NewInput("b", Shape.Scalar, hasGradient: true);
Variable y = Add.Record(tape, Multiply.Record(tape, a, a), Multiply.Record(tape, a, b));
Console.WriteLine(tape);

// Plan: a backend that computes nothing writes down every call. What is read after the step is kept to its end.
foreach (Tensor kept in new[] { y.Value, a.Gradient, b.Gradient })
{
    kept.Storage.IsKept = true;
}

using ReferenceBackend backend = new();
MemoryPlan plan = MemoryPlanner.Plan(tape, backend, y);
foreach ((int number, Call call) in plan.Calls.Index())
{
    Console.WriteLine($"call {number}: {call}");
}

// Play: now there are numbers.
using DeviceMemory arena = backend.Allocate(plan.PeakBytes);
plan.Bind(arena);
backend.Upload([3.0], a.Value);
backend.Upload([4.0], b.Value);
plan.Play(backend);
Console.WriteLine($"a = 3, b = 4: y = {Number(y.Value)}, dy/da = {Number(a.Gradient)}, dy/db = {Number(b.Gradient)}");

string Number(Tensor tensor)
{
    double[] value = new double[1];
    backend.Download(tensor, value);
    return value[0].ToString(CultureInfo.InvariantCulture);
}
