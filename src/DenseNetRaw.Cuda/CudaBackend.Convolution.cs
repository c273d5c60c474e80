using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda.Execution;
using DenseNetRaw.Cuda.Native;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Cuda;

/// <content>
/// Convolutions. A 1×1 one is a matrix product of pixels and channels, straight on slices: the pitch is the leading
/// dimension. All others are cuDNN's, which reads and writes packed tensors alone; slices go through copies in the
/// call's workspace. Among bf16 features the weights are rounded in the workspace too, call by call: they are few.
/// </content>
public sealed partial class CudaBackend
{
    /// <summary>Every precision accumulates in float32, even where a long sum is split and ends as bf16.</summary>
    private CublasMath ProductMath => _settings.Precision switch
    {
        CudaPrecision.Tf32 => CublasMath.Tf32,
        CudaPrecision.Bf16 => CublasMath.Float32Sums,
        _ => CublasMath.Default,
    };

    private CublasCompute Compute =>
        _settings.Precision == CudaPrecision.Tf32 ? CublasCompute.Tf32 : CublasCompute.Float32;

    /// <inheritdoc/>
    public override long WorkspaceBytes(ConvolutionPass pass, Tensor x, Tensor w, Window window, Tensor y) =>
        pass is ConvolutionPass.NormReluForward or ConvolutionPass.NormReluBackward
            ? BytesOfFusedProduct(pass, x.Shape, w.Shape)
            : Divide(0, x, w, window, y).Bytes;

    /// <summary>
    /// Chooses an algorithm for every convolution of a plan, each of which is else chosen at its first call: a run that
    /// cannot go on is refused before it begins.
    /// </summary>
    /// <exception cref="NotSupportedException">No algorithm of one of them fits the workspace.</exception>
    public void ChooseAlgorithms(MemoryPlan plan)
    {
        _ = Machine; // opens the device
        foreach (Call call in plan.Calls)
        {
            if (call.Convolution is { } convolution && !ConvolutionAreas.IsProduct(convolution.W, convolution.Window))
            {
                _choices!.Choose(convolution);
            }
        }
    }

    /// <summary>A fused product takes them; where a packed result is copied into its slice, the copy does.</summary>
    /// <inheritdoc/>
    public override long? StatisticsBytes(ConvolutionPass pass, Tensor x, Tensor w, Window window, Tensor y) =>
        pass == ConvolutionPass.NormReluForward
            || (!ConvolutionAreas.IsProduct(w.Shape, window) && !_layout.IsPacked(y))
                ? ReductionBytes(y.Shape)
                : null;

    /// <inheritdoc/>
    public override void Convolution(Tensor x, Tensor w, Window window, Tensor y, Grant grant = default)
    {
        CudaMachine machine = Machine;
        ConvolutionAreas areas = Divide(grant, x, w, window, y);
        if (ConvolutionAreas.IsProduct(w.Shape, window))
        {
            machine.Cublas.SetWorkspace(areas.Library, areas.LibraryBytes);
            machine.Cublas.Multiply(
                (MatrixOf(Rounded(machine, w, areas, isAligned: true)), CublasOperation.Transposed),
                (MatrixOf(_layout.Of(x)), CublasOperation.AsIs),
                (w.Shape.N, PixelsOf(x), w.Shape.C), 1, 0, Compute, MatrixOf(_layout.Of(y)));
            return;
        }

        Operand from = Packed(machine, x, areas.X), to = _layout.IsPacked(y) ? _layout.Of(y) : Area(areas.Y, y);
        Operand weights = Rounded(machine, w, areas, isAligned: false);
        _choices!.Play(new(ConvolutionPass.Forward, x.Shape, w.Shape, window), choice => machine.Cudnn.Forward(
            choice.Shapes, from.First, weights.First, choice.Algorithm, (areas.Library, areas.LibraryBytes), 0,
            to.First));
        if (grant.Statistics is { } statistics)
        {
            CopyChannelStatistics(to, y, statistics);
        }
        else if (!_layout.IsPacked(y))
        {
            Copy(machine, to, ExtentOf(y), _layout.Of(y));
        }
    }

    /// <inheritdoc/>
    public override void ConvolutionBackwardData(Tensor dy, Tensor w, Window window, Tensor dx, Grant grant = default)
    {
        CudaMachine machine = Machine;
        ConvolutionAreas areas = Divide(grant, dx, w, window, dy);
        float kept = grant.Stores ? 0 : 1;
        if (ConvolutionAreas.IsProduct(w.Shape, window))
        {
            machine.Cublas.SetWorkspace(areas.Library, areas.LibraryBytes);
            machine.Cublas.Multiply(
                (MatrixOf(Rounded(machine, w, areas, isAligned: true)), CublasOperation.AsIs),
                (MatrixOf(_layout.Of(dy)), CublasOperation.AsIs),
                (w.Shape.C, PixelsOf(dy), w.Shape.N), 1, kept, Compute, MatrixOf(_layout.Of(dx)));
            return;
        }

        Operand from = Packed(machine, dy, areas.Y), to = _layout.IsPacked(dx) ? _layout.Of(dx) : Area(areas.X, dx);
        Operand weights = Rounded(machine, w, areas, isAligned: false);
        _choices!.Play(new(ConvolutionPass.BackwardData, dx.Shape, w.Shape, window), choice =>
            machine.Cudnn.BackwardData(
                choice.Shapes, weights.First, from.First, choice.Algorithm, (areas.Library, areas.LibraryBytes),
                _layout.IsPacked(dx) ? kept : 0, to.First));
        if (!_layout.IsPacked(dx))
        {
            Accumulate(machine, to, ExtentOf(dx), grant.Stores, _layout.Of(dx));
        }
    }

    /// <inheritdoc/>
    public override void ConvolutionBackwardWeights(
        Tensor x, Tensor dy, Window window, Tensor dw, Grant grant = default)
    {
        CudaMachine machine = Machine;
        ConvolutionAreas areas = Divide(grant, x, dw, window, dy);
        if (ConvolutionAreas.IsProduct(dw.Shape, window))
        {
            machine.Cublas.SetWorkspace(areas.Library, areas.LibraryBytes);
            machine.Cublas.Multiply(
                (MatrixOf(_layout.Of(x)), CublasOperation.AsIs), (MatrixOf(_layout.Of(dy)), CublasOperation.Transposed),
                (dw.Shape.C, dw.Shape.N, PixelsOf(x)), 1, 1, Compute, MatrixOf(_layout.Of(dw)));
            return;
        }

        Operand from = Packed(machine, x, areas.X), gradient = Packed(machine, dy, areas.Y);
        bool isDirect = _layout.Features == ElementType.F32;
        Operand to = isDirect ? _layout.Of(dw) : Area(areas.Weights, dw);
        _choices!.Play(new(ConvolutionPass.BackwardWeights, x.Shape, dw.Shape, window), choice =>
            machine.Cudnn.BackwardFilter(
                choice.Shapes, from.First, gradient.First, choice.Algorithm, (areas.Library, areas.LibraryBytes),
                isDirect ? 1 : 0, to.First));
        if (!isDirect)
        {
            Accumulate(machine, to, ExtentOf(dw), stores: false, _layout.Of(dw));
        }
    }

    private static int PixelsOf(Tensor x) => checked((int)ExtentOf(x).Pixels);

    /// <summary>Rows of pixels, which cuBLAS takes for columns.</summary>
    private static Matrix MatrixOf(Operand x) => new(
        x.First, x.Type == ElementType.Bf16 ? CudaDataType.BFloat16 : CudaDataType.Float32, x.Pitch);

    private ConvolutionAreas Divide(Grant grant, Tensor x, Tensor w, Window window, Tensor y) => Divide(
        grant.Workspace?.Address
            ?? throw new InvalidOperationException("a convolution on a GPU needs the workspace that it stated"),
        x, w, window, y);

    private ConvolutionAreas Divide(nint workspace, Tensor x, Tensor w, Window window, Tensor y) =>
        new(workspace, x, w.Shape, window, y, _layout, _settings.WorkspaceBytes);

    /// <summary>A packed tensor in the workspace, of the type of the features.</summary>
    private Operand Area(ulong area, Tensor x) => new(area, x.Shape.C, _layout.Features);

    private Operand Packed(CudaMachine machine, Tensor x, ulong area)
    {
        if (_layout.IsPacked(x))
        {
            return _layout.Of(x);
        }

        Operand packed = Area(area, x);
        Copy(machine, _layout.Of(x), ExtentOf(x), packed);
        return packed;
    }

    /// <summary>The weights in the type of the features.</summary>
    /// <param name="machine">The device.</param>
    /// <param name="w">The weights, float32.</param>
    /// <param name="areas">Where a rounded copy may lie.</param>
    /// <param name="isAligned">Whether the copy's rows begin at multiples of 16 bytes.</param>
    private Operand Rounded(CudaMachine machine, Tensor w, ConvolutionAreas areas, bool isAligned)
    {
        if (_layout.Features == ElementType.F32)
        {
            return _layout.Of(w);
        }

        int pitch = isAligned ? ElementLayout.Aligned(w.Shape.C, _layout.Features) : w.Shape.C;
        Operand rounded = new(areas.Weights, pitch, _layout.Features);
        Copy(machine, _layout.Of(w), ExtentOf(w), rounded);
        return rounded;
    }
}
