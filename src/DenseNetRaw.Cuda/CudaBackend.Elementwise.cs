using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda.Execution;
using DenseNetRaw.Cuda.Native;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Cuda;

/// <content>What is computed element by element.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void Fill(double value, Tensor y)
    {
        CudaMachine machine = Machine;
        Operand to = _layout.Of(y);
        if (y.IsWhole)
        {
            // What lies between the channels and the pitch is nobody's.
            uint bits = BitConverter.SingleToUInt32Bits((float)value);
            uint half = Rounded(bits) >> 16;
            uint word = to.Type == ElementType.Bf16 ? half | (half << 16) : bits;
            machine.Stream.FillWords(word, to.First, BytesOf(y.Shape, y.Storage.Role) / sizeof(uint));
            return;
        }

        Extent extent = ExtentOf(y);
        machine.Launch(
            machine.Kernels.Find("layout", "fill", to.Type), Over(extent, machine, to), (float)value, extent,
            SliceOf(to));
    }

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y) => Copy(Machine, _layout.Of(x), ExtentOf(x), _layout.Of(y));

    /// <inheritdoc/>
    public override void Accumulate(Tensor x, Tensor y, Grant grant = default) =>
        Accumulate(Machine, _layout.Of(x), ExtentOf(x), grant.Stores, _layout.Of(y));

    /// <inheritdoc/>
    public override void Add(Tensor a, Tensor b, Tensor y) => Combine("copy", "add", a, b, y);

    /// <inheritdoc/>
    public override void AccumulateScaled(Tensor x, Tensor s, Tensor y, Grant grant = default)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x), to = _layout.Of(y);
        Extent extent = ExtentOf(x);
        machine.Launch(
            machine.Kernels.Find("scale", "accumulate_scaled", from.Type, to.Type), Over(extent, machine, from, to),
            SliceOf(from), VectorOf(s), extent, Stores(grant), SliceOf(to));
    }

    /// <inheritdoc/>
    public override void AddRelu(Tensor a, Tensor b, Tensor y) => Combine("add_relu", "add_relu", a, b, y);

    /// <inheritdoc/>
    public override void ReluBackward(Tensor y, Tensor dy, Tensor dx, Grant grant = default)
    {
        CudaMachine machine = Machine;
        Operand value = _layout.Of(y), from = _layout.Of(dy), to = _layout.Of(dx);
        Extent extent = ExtentOf(y);
        machine.Launch(
            machine.Kernels.Find("add_relu", "relu_backward", value.Type, from.Type, to.Type),
            Over(extent, machine, value, from, to), SliceOf(value), SliceOf(from), extent, Stores(grant), SliceOf(to));
    }

    /// <inheritdoc/>
    public override void DrawGates(double last, Tensor gates)
    {
        CudaMachine machine = Machine;
        int count = gates.Shape.C;
        machine.Launch(
            machine.Kernels.Find("survival_gates", "draw_gates"), LaunchShape.OfRun(count, machine.Multiprocessors),
            KernelArgument.Of(1 - last), SurvivalGates.Stream, StepOn(machine), count, VectorOf(gates));
    }

    /// <inheritdoc/>
    public override void Multiply(Tensor a, Tensor b, Tensor y) => Combine("copy", "multiply", a, b, y);

    /// <inheritdoc/>
    public override void MultiplyBackward(Tensor dy, Tensor b, Tensor da, Grant grant = default)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(dy), by = _layout.Of(b), to = _layout.Of(da);
        Extent extent = ExtentOf(dy);
        machine.Launch(
            machine.Kernels.Find("copy", "multiply_backward", from.Type, by.Type, to.Type),
            Over(extent, machine, from, by, to), SliceOf(from), SliceOf(by), extent, Stores(grant), SliceOf(to));
    }

    /// <inheritdoc/>
    public override void Bias(Tensor x, Tensor b, Tensor y)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x), to = _layout.Of(y);
        Extent extent = ExtentOf(x);
        machine.Launch(
            machine.Kernels.Find("bias", "bias", from.Type, to.Type), Over(extent, machine, from, to), SliceOf(from),
            VectorOf(b), extent, SliceOf(to));
    }

    /// <inheritdoc/>
    public override void BiasBackward(Tensor dy, Tensor db, Grant grant = default)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(dy);
        Extent extent = ExtentOf(dy);
        machine.Launch(
            machine.Kernels.Find("bias", "bias_backward", from.Type), OfSums(extent, machine, from), SliceOf(from),
            extent, PartialsIn(grant, machine), VectorOf(db));
    }

    /// <inheritdoc/>
    public override void Dropout(Tensor x, double rate, uint ordinal, Tensor y)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x), to = _layout.Of(y);
        Extent extent = ExtentOf(x);
        machine.Launch(
            machine.Kernels.Find("dropout", "dropout", from.Type, to.Type), Over(extent, machine, from, to),
            SliceOf(from), DroppingOf(x, rate, ordinal), StepOn(machine), extent, SliceOf(to));
    }

    /// <inheritdoc/>
    public override void DropoutBackward(Tensor dy, double rate, uint ordinal, Tensor dx, Grant grant = default)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(dy), to = _layout.Of(dx);
        Extent extent = ExtentOf(dy);
        machine.Launch(
            machine.Kernels.Find("dropout", "dropout_backward", from.Type, to.Type), Over(extent, machine, from, to),
            SliceOf(from), DroppingOf(dy, rate, ordinal), StepOn(machine), extent, Stores(grant), SliceOf(to));
    }

    private static LaunchShape Over(Extent extent, CudaMachine machine, params ReadOnlySpan<Operand> slices) =>
        LaunchShape.Over(extent, WidthFor(slices), machine.Multiprocessors);

    private static LaunchShape OfSums(Extent extent, CudaMachine machine, params ReadOnlySpan<Operand> slices) =>
        LaunchShape.OfSums(extent, WidthFor(slices), machine.Multiprocessors);

    private static Dropping DroppingOf(Tensor x, double rate, uint ordinal) => new(
        (uint)Math.Ceiling(rate * 4294967296.0), (float)(1 / (1 - rate)), ordinal, x.Shape.Plane);

    /// <summary>To the nearest number whose lower half is 0, ties to even; what is not a number stays so.</summary>
    private static uint Rounded(uint bits) => float.IsNaN(BitConverter.UInt32BitsToSingle(bits))
        ? 0x7fff0000
        : (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000;

    private static void Copy(CudaMachine machine, Operand x, Extent extent, Operand y) => machine.Launch(
        machine.Kernels.Find("copy", "copy", x.Type, y.Type), Over(extent, machine, x, y), SliceOf(x), extent,
        SliceOf(y));

    private static void Accumulate(CudaMachine machine, Operand x, Extent extent, bool stores, Operand y) =>
        machine.Launch(
            machine.Kernels.Find("copy", "accumulate", x.Type, y.Type), Over(extent, machine, x, y), SliceOf(x),
            extent, stores ? 1 : 0, SliceOf(y));

    private void Combine(string source, string operation, Tensor a, Tensor b, Tensor y)
    {
        CudaMachine machine = Machine;
        Operand left = _layout.Of(a), right = _layout.Of(b), to = _layout.Of(y);
        Extent extent = ExtentOf(a);
        machine.Launch(
            machine.Kernels.Find(source, operation, left.Type, right.Type, to.Type),
            Over(extent, machine, left, right, to), SliceOf(left), SliceOf(right), extent, SliceOf(to));
    }
}
