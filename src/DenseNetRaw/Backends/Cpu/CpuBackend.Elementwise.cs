using DenseNetRaw.Autograd;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Backends.Cpu;

/// <content>What is computed element by element, and pooling.</content>
public unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Fill(double value, Tensor y) =>
        Run(new FillWork((float)value, new(y)), new ChannelRuns(y.Shape).Items);

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y) => Run(Elementwise.Copy, x, x, y, false);

    /// <inheritdoc/>
    public override void Accumulate(Tensor x, Tensor y, Grant grant = default) =>
        Run(Elementwise.Copy, x, x, y, !grant.Stores);

    /// <inheritdoc/>
    public override void Add(Tensor a, Tensor b, Tensor y) => Run(Elementwise.Add, a, b, y, false);

    /// <inheritdoc/>
    public override void AccumulateScaled(Tensor x, Tensor s, Tensor y, Grant grant = default)
    {
        float scale = *Vector(s);
        if (scale != 0)
        {
            Run(new ScaleWork(new(x), scale, new(y), !grant.Stores), new ChannelRuns(y.Shape).Items);
        }
        else if (grant.Stores)
        {
            Fill(0, y);
        }
    }

    /// <inheritdoc/>
    public override void AddRelu(Tensor a, Tensor b, Tensor y) => Run(Elementwise.AddRelu, a, b, y, false);

    /// <inheritdoc/>
    public override void ReluBackward(Tensor y, Tensor dy, Tensor dx, Grant grant = default) =>
        Run(Elementwise.WherePositive, dy, y, dx, !grant.Stores);

    /// <inheritdoc/>
    public override void DrawGates(double last, Tensor gates)
    {
        float* gate = Vector(gates);
        for (int l = 0; l < gates.Shape.C; l++)
        {
            gate[l] = SurvivalGates.IsOpen(Step, l, gates.Shape.C, last) ? 1 : 0;
        }
    }

    /// <inheritdoc/>
    public override bool IsClosed(Tensor gate) => *Vector(gate) == 0;

    /// <inheritdoc/>
    public override void Multiply(Tensor a, Tensor b, Tensor y) => Run(Elementwise.Multiply, a, b, y, false);

    /// <inheritdoc/>
    public override void MultiplyBackward(Tensor dy, Tensor b, Tensor da, Grant grant = default) =>
        Run(Elementwise.Multiply, dy, b, da, !grant.Stores);

    /// <inheritdoc/>
    public override void Bias(Tensor x, Tensor b, Tensor y) =>
        Run(new BiasWork(new(x), Vector(b), new(y)), new ChannelRuns(x.Shape).Items);

    /// <inheritdoc/>
    public override void BiasBackward(Tensor dy, Tensor db, Grant grant = default) =>
        Run(new BiasBackwardWork(Runs(dy), new(dy), Vector(db)), Runs(dy).Items);

    /// <inheritdoc/>
    public override void Dropout(Tensor x, double rate, uint ordinal, Tensor y) =>
        Drop(new DropoutWork(new(x), rate, ordinal, Step, new(y), false));

    /// <inheritdoc/>
    public override void DropoutBackward(Tensor dy, double rate, uint ordinal, Tensor dx, Grant grant = default) =>
        Drop(new DropoutWork(new(dy), rate, ordinal, Step, new(dx), !grant.Stores));

    /// <inheritdoc/>
    public override void AveragePool(Tensor x, Window window, Tensor y) =>
        Run(new AveragePoolWork(new(x), window, new(y), false, false), new ChannelRuns(x.Shape).Items);

    /// <inheritdoc/>
    public override void AveragePoolBackward(Tensor dy, Window window, Tensor dx, Grant grant = default) =>
        Run(new AveragePoolWork(new(dx), window, new(dy), true, grant.Stores), new ChannelRuns(dx.Shape).Items);

    /// <inheritdoc/>
    public override void MaxPool(Tensor x, Window window, Tensor y) =>
        Run(new MaxPoolWork(new(x), window, new(y), new(x), false, false), new ChannelRuns(x.Shape).Items);

    /// <inheritdoc/>
    public override void MaxPoolBackward(Tensor x, Tensor dy, Window window, Tensor dx, Grant grant = default) =>
        Run(new MaxPoolWork(new(x), window, new(dy), new(dx), true, grant.Stores), new ChannelRuns(x.Shape).Items);

    /// <inheritdoc/>
    public override long SgdBytes(long count) => sizeof(double) * (long)SgdWork.ItemsOf(count);

    /// <inheritdoc/>
    public override void Sgd(
        double momentum, double weightDecay, bool nesterov, Tensor w, Tensor dw, Tensor v, Tensor squares,
        Grant grant = default)
    {
        double* partial = (double*)grant.Workspace!.Address;
        SgdWork work = new(
            (float)Step.LearningRate, (float)momentum, (float)weightDecay, nesterov, Vector(w), Vector(dw), Vector(v),
            w.Shape.Count, partial);
        Run(work, work.Items);
        double sum = 0;
        for (int item = 0; item < work.Items; item++)
        {
            sum += partial[item];
        }

        *Vector(squares) = (float)sum;
    }

    private static float* Vector(Tensor vector) => new Planes(vector).First;

    private void Run(Elementwise f, Tensor a, Tensor b, Tensor y, bool adds) =>
        Run(new ElementwiseWork(f, new(a), new(b), new(y), adds), new ChannelRuns(y.Shape).Items);

    private void Drop(DropoutWork work) => Run(work, work.Items);
}
