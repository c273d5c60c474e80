using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Backends;

public sealed class CustomOperationTests
{
    [Test]
    public void Custom_WithTwoConsumersOfOneInput_AddsBothGradients()
    {
        Tape tape = new(MemoryStrategy.Slab);
        Variable x = tape.NewInput("x", Shape.Vector(2), hasGradient: true);
        Variable y = Add.Record(tape, Cube.Record(tape, x), Cube.Record(tape, x));
        x.Gradient.Storage.IsKept = true;
        using ReferenceBackend backend = new();
        MemoryPlan plan = MemoryPlanner.Plan(tape, backend, y);
        using DeviceMemory arena = backend.Allocate(plan.PeakBytes);
        plan.Bind(arena);
        backend.Upload([2.0, -1.0], x.Value);
        double[] gradients = new double[2];
        for (int step = 0; step < 2; step++)
        {
            plan.PlayPoisoned(backend);
            backend.Download(x.Gradient, gradients);
            Assert.That(gradients, Is.EqualTo(new[] { 2 * 3 * 4.0, 2 * 3 * 1.0 }), $"step {step}");
        }
    }

    /// <summary>y = x³.</summary>
    private sealed class Cube(Variable x, Variable y) : Node([x], [y])
    {
        public static Variable Record(Tape tape, Variable x)
        {
            Variable y = tape.NewVariable($"cube of {x.Name}", x.Shape);
            tape.Record(new Cube(x, y));
            return y;
        }

        public override void Forward(Backend backend) => backend.Custom(
            "Cube", [x.Value], b => b.Upload([.. Values(b, x.Value).Select(v => v * v * v)], y.Value), [y.Value], []);

        public override void Backward(Backend backend) => backend.Custom(
            "CubeBackward", [x.Value, y.Gradient], AddGradient, [], [x.Gradient]);

        private static double[] Values(Backend backend, Tensor tensor)
        {
            double[] values = new double[tensor.Shape.Count];
            backend.Download(tensor, values);
            return values;
        }

        private void AddGradient(Backend backend)
        {
            double[] at = Values(backend, x.Value), dy = Values(backend, y.Gradient), dx = Values(backend, x.Gradient);
            for (int i = 0; i < dx.Length; i++)
                dx[i] += dy[i] * 3 * at[i] * at[i];
            backend.Upload(dx, x.Gradient);
        }
    }
}
