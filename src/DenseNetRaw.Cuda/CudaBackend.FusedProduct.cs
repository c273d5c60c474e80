using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda.Execution;

namespace DenseNetRaw.Cuda;

/// <content>
/// 1×1 convolutions with the norm-relu of their input in their loads (kernels/fused_product.cu), where the settings ask
/// for them.
/// </content>
public sealed partial class CudaBackend
{
    private const string FusedSource = "fused_product";

    /// <inheritdoc/>
    public override bool FusesNormReluConvolution(Shape x, Shape w, Window window) =>
        _settings.FusesProducts && ConvolutionAreas.IsProduct(w, window);

    /// <summary>The tiles give the statistics of y on their way out, where they are granted.</summary>
    /// <inheritdoc/>
    public override void NormReluConvolution(
        Tensor x, Normalisation norm, Tensor w, Window window, Tensor y, Grant grant = default)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x), to = _layout.Of(y);
        Extent extent = ExtentOf(x);
        LaunchShape shape = LaunchShape.OfProduct(extent.Pixels, w.Shape.N, machine.Multiprocessors);
        if (grant.Statistics is { } statistics)
        {
            machine.Launch(
                machine.Kernels.Find(FusedSource, "norm_relu_product_statistics", from.Type, to.Type), shape,
                SliceOf(from), NormOf(norm), VectorOf(w), extent.Pixels, w.Shape.C, w.Shape.N,
                PartialsIn(new Grant(statistics.Workspace), machine), SliceOf(to), VectorOf(statistics.Mean),
                VectorOf(statistics.Variance));
            return;
        }

        machine.Launch(
            machine.Kernels.Find(FusedSource, "norm_relu_product", from.Type, to.Type), shape, SliceOf(from),
            NormOf(norm), VectorOf(w), extent.Pixels, w.Shape.C, w.Shape.N, SliceOf(to));
    }

    /// <inheritdoc/>
    public override void NormReluConvolutionBackward(
        Tensor x, Normalisation norm, Tensor w, Window window, Tensor dy, Tensor dx, Normalisation dnorm, Tensor dw,
        Grant grant = default)
    {
        AddFusedWeightGradient(x, norm, dy, dw, grant);
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x), gradient = _layout.Of(dy), to = _layout.Of(dx);
        Extent extent = ExtentOf(x);
        machine.Launch(
            machine.Kernels.Find(FusedSource, "norm_relu_product_data", from.Type, gradient.Type, to.Type),
            LaunchShape.OfProduct(extent.Pixels, w.Shape.C, machine.Multiprocessors), SliceOf(from), NormOf(norm),
            VectorOf(w), SliceOf(gradient), extent.Pixels, w.Shape.C, w.Shape.N, PartialsIn(grant, machine),
            Stores(grant), SliceOf(to), GradientOf(dnorm));
    }

    /// <summary>
    /// The forward pass sums nothing; the backward pass uses its workspace for the weight gradient's parts, and then
    /// for the sums of the data gradient.
    /// </summary>
    private long BytesOfFusedProduct(ConvolutionPass pass, Shape x, Shape w) =>
        pass == ConvolutionPass.NormReluForward
            ? 0
            : Math.Max(ReductionBytes(x), BytesOfParts(x, w) + ReductionBytes(ShapeOfParts(x, w)));

    private static long BytesOfParts(Shape x, Shape w) => sizeof(float) * ShapeOfParts(x, w).Count;

    /// <summary>A pixel a part of the pixels, a channel a weight.</summary>
    private static Shape ShapeOfParts(Shape x, Shape w)
    {
        uint parts = LaunchShape.OfProductWeights((long)x.N * x.Plane, w.C, w.N).Grid.X;
        return new Shape((int)parts, w.N * w.C, 1, 1);
    }

    private void AddFusedWeightGradient(Tensor x, Normalisation norm, Tensor dy, Tensor dw, Grant grant)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x), gradient = _layout.Of(dy);
        Partials area = PartialsIn(grant, machine);
        long pixels = ExtentOf(x).Pixels;
        machine.Launch(
            machine.Kernels.Find(FusedSource, "norm_relu_product_weights", from.Type, gradient.Type),
            LaunchShape.OfProductWeights(pixels, dw.Shape.C, dw.Shape.N), SliceOf(from), NormOf(norm),
            SliceOf(gradient), pixels, dw.Shape.C, dw.Shape.N, area.Sums);
        Shape shape = ShapeOfParts(x.Shape, dw.Shape);
        Operand parts = new(area.Sums, shape.C, ElementType.F32);
        Extent extent = new(shape.N, shape.C);
        machine.Launch(
            machine.Kernels.Find("bias", "bias_backward", parts.Type), OfSums(extent, machine, parts), SliceOf(parts),
            extent, area with { Sums = area.Sums + (ulong)BytesOfParts(x.Shape, dw.Shape) }, VectorOf(dw));
    }

    private NormGradient GradientOf(Normalisation dnorm) => new(
        VectorOf(dnorm.Mean), VectorOf(dnorm.Variance), VectorOf(dnorm.Gamma), VectorOf(dnorm.Beta));
}
