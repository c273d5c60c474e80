using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// The convolutions of a DenseNet-BC of growth rate 12: 1×1 to a bottleneck of 48 channels, 3×3 to the 12 channels that
/// a layer adds, by themselves and with the norm-relu before them; and the 7×7 that ImageNet's networks begin with.
/// </summary>
internal static class TimedConvolutions
{
    private const StorageRole Packed = StorageRole.Scratch;

    /// <summary>Every pass of every kind.</summary>
    public static IReadOnlyList<TimedOperation> All { get; } =
    [
        .. new Kind("1x1", new Window(1, 1), 48).Passes,
        .. new Kind("3x3", new Window(3, 3, 1, 1), 12, WritesSlice: true).Passes,
        .. new Kind("7x7", new Window(7, 7, 2, 3), 64, Channels: 3).Passes.Where(pass =>
            pass.Name is "convolution-7x7" or "convolution-7x7-backward-weights"),
    ];

    /// <summary>One kind of convolution.</summary>
    /// <param name="Name">Its window in words.</param>
    /// <param name="Window">The window.</param>
    /// <param name="Filters">Channels of y.</param>
    /// <param name="Channels">Channels of x; null for as many as are asked for.</param>
    /// <param name="WritesSlice">Whether y is a run of channels of a block's storage.</param>
    private sealed record Kind(string Name, Window Window, int Filters, int? Channels = null, bool WritesSlice = false)
    {
        public IEnumerable<TimedOperation> Passes =>
        [
            new($"convolution-{Name}", Forward),
            new($"convolution-{Name}-backward-data", BackwardData),
            new($"convolution-{Name}-backward-weights", BackwardWeights),
            new($"norm-relu-convolution-{Name}", NormReluForward) { IsOneCall = IsFused },
            new($"norm-relu-convolution-{Name}-backward", NormReluBackward) { IsOneCall = IsFused },
        ];

        private bool IsFused(Backend backend, Shape x) =>
            backend.FusesNormReluConvolution(x, WeightShape(x), Window);

        private Shape WeightShape(Shape x) => new(Filters, x.C, Window.Height, Window.Width);

        private Shape Input(OperationOperands o) => o.X with { C = Channels ?? o.X.C };

        private static void CountPass(OperationOperands o, Shape w, Shape y, int passes = 1) =>
            o.Flops += 2.0 * passes * y.Count * w.C * w.Plane;

        /// <summary>y, or its gradient.</summary>
        private Tensor Output(OperationOperands o, Shape x, OperandUse use) => WritesSlice
            ? o.Slice(use, Filters)
            : o.Whole(Window.Over(x, Filters), StorageRole.Bottleneck, use);

        /// <summary>Weights of such a size that y is about as large as x.</summary>
        private Tensor Weights(OperationOperands o, Shape x) => o.Whole(
            WeightShape(x), StorageRole.Parameter, OperandUse.Read,
            deviation: 1 / MathF.Sqrt((float)x.C * Window.Height * Window.Width));

        private Tensor WeightGradient(OperationOperands o, Shape x) =>
            o.Whole(WeightShape(x), StorageRole.ParameterGradient, OperandUse.Update);

        /// <summary>A pass that reads x.</summary>
        private Action PassOfInput(
            OperationOperands o, Func<OperationOperands, Shape, Tensor> weights, OperandUse useOfOutput,
            Func<OperationOperands, Tensor, Tensor, Tensor, Action> pass)
        {
            Shape input = Input(o);
            Tensor x = o.Whole(input, Packed, OperandUse.Read), w = weights(o, input);
            Tensor y = Output(o, input, useOfOutput);
            CountPass(o, w.Shape, y.Shape);
            return pass(o, x, w, y);
        }

        private Action Forward(OperationOperands o) => PassOfInput(o, Weights, OperandUse.Write, Forward);

        private Action Forward(OperationOperands o, Tensor x, Tensor w, Tensor y)
        {
            Grant grant = o.Grant(o.Backend.WorkspaceBytes(ConvolutionPass.Forward, x, w, Window, y), false);
            return () => o.Backend.Convolution(x, w, Window, y, grant);
        }

        private Action BackwardData(OperationOperands o)
        {
            Tensor w = Weights(o, o.X), dx = o.Whole(o.X, Packed, OperandUse.Write);
            Tensor dy = Output(o, o.X, OperandUse.Read);
            CountPass(o, w.Shape, dy.Shape);
            return BackwardData(o, dy, w, dx);
        }

        private Action BackwardData(OperationOperands o, Tensor dy, Tensor w, Tensor dx)
        {
            Grant grant = o.Grant(o.Backend.WorkspaceBytes(ConvolutionPass.BackwardData, dx, w, Window, dy), true);
            return () => o.Backend.ConvolutionBackwardData(dy, w, Window, dx, grant);
        }

        private Action BackwardWeights(OperationOperands o) =>
            PassOfInput(o, WeightGradient, OperandUse.Read, BackwardWeights);

        private Action BackwardWeights(OperationOperands o, Tensor x, Tensor dw, Tensor dy)
        {
            Grant grant = o.Grant(o.Backend.WorkspaceBytes(ConvolutionPass.BackwardWeights, x, dw, Window, dy), false);
            return () => o.Backend.ConvolutionBackwardWeights(x, dy, Window, dw, grant);
        }

        private Action NormReluForward(OperationOperands o)
        {
            Tensor x = o.Slice(OperandUse.Read), w = Weights(o, o.X);
            Tensor y = Output(o, o.X, OperandUse.Write);
            Normalisation norm = o.Norm();
            CountPass(o, w.Shape, y.Shape);
            if (!IsFused(o.Backend, o.X))
            {
                Tensor normalised = o.Uncounted(o.X);
                Action convolve = Forward(o, normalised, w, y);
                return () =>
                {
                    o.Backend.NormRelu(x, norm, normalised);
                    convolve();
                };
            }

            Grant grant = o.Grant(o.Backend.WorkspaceBytes(ConvolutionPass.NormReluForward, x, w, Window, y), false);
            return () => o.Backend.NormReluConvolution(x, norm, w, Window, y, grant);
        }

        private Action NormReluBackward(OperationOperands o)
        {
            Tensor x = o.Slice(OperandUse.Read), dx = o.GradientSlice(), w = Weights(o, o.X);
            Tensor dy = Output(o, o.X, OperandUse.Read);
            Tensor dw = WeightGradient(o, o.X);
            Normalisation norm = o.Norm(), dnorm = o.NormGradient();
            CountPass(o, w.Shape, dy.Shape, passes: 2);
            if (!IsFused(o.Backend, o.X))
                return NormReluBackwardApart(o, x, norm, w, dy, dx, dnorm, dw);
            Grant grant = o.Grant(o.Backend.WorkspaceBytes(ConvolutionPass.NormReluBackward, x, w, Window, dy));
            return () => o.Backend.NormReluConvolutionBackward(x, norm, w, Window, dy, dx, dnorm, dw, grant);
        }

        /// <summary>As the trace plays it where a backend does not fuse it.</summary>
        private Action NormReluBackwardApart(
            OperationOperands o, Tensor x, Normalisation norm, Tensor w, Tensor dy, Tensor dx, Normalisation dnorm,
            Tensor dw)
        {
            Tensor normalised = o.Uncounted(o.X), dnormalised = o.Uncounted(o.X);
            Action toWeights = BackwardWeights(o, normalised, dw, dy), toData = BackwardData(o, dy, w, dnormalised);
            Grant grant = o.Grant(o.Backend.ReductionBytes(o.X));
            return () =>
            {
                o.Backend.NormRelu(x, norm, normalised);
                toWeights();
                toData();
                o.Backend.NormReluBackward(x, norm, dnormalised, dx, dnorm, grant);
            };
        }
    }
}
