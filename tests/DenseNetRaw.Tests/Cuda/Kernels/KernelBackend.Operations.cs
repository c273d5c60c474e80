using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Tests.Cuda.Kernels;

/// <content>One launch for each operation.</content>
internal sealed unsafe partial class KernelBackend
{
    public override void Fill(double value, Tensor y) =>
        LaunchOver(y, $"fill_{TypeOf(y)}", Bytes((float)value), ExtentOf(y), Slice(y));

    public override void Copy(Tensor x, Tensor y) =>
        LaunchOver(x, $"copy_{TypeOf(x)}_{TypeOf(y)}", Slice(x), ExtentOf(x), Slice(y));

    public override void Accumulate(Tensor x, Tensor y, Grant grant = default) =>
        LaunchOver(x, $"accumulate_{TypeOf(x)}_{TypeOf(y)}", Slice(x), ExtentOf(x), Stores(grant), Slice(y));

    public override void Add(Tensor a, Tensor b, Tensor y) => LaunchOver(
        a, $"add_{TypeOf(a)}_{TypeOf(b)}_{TypeOf(y)}", Slice(a), Slice(b), ExtentOf(a), Slice(y));

    public override void Multiply(Tensor a, Tensor b, Tensor y) => LaunchOver(
        a, $"multiply_{TypeOf(a)}_{TypeOf(b)}_{TypeOf(y)}", Slice(a), Slice(b), ExtentOf(a), Slice(y));

    public override void MultiplyBackward(Tensor dy, Tensor b, Tensor da, Grant grant = default) => LaunchOver(
        dy, $"multiply_backward_{TypeOf(dy)}_{TypeOf(b)}_{TypeOf(da)}", Slice(dy), Slice(b), ExtentOf(dy),
        Stores(grant), Slice(da));

    public override void Convolution(Tensor x, Tensor w, Window window, Tensor y, Grant grant = default) =>
        throw new NotSupportedException("a library's");

    public override void ConvolutionBackwardData(
        Tensor dy, Tensor w, Window window, Tensor dx, Grant grant = default) =>
        throw new NotSupportedException("a library's");

    public override void ConvolutionBackwardWeights(
        Tensor x, Tensor dy, Window window, Tensor dw, Grant grant = default) =>
        throw new NotSupportedException("a library's");

    public override void Bias(Tensor x, Tensor b, Tensor y) =>
        LaunchOver(x, $"bias_{TypeOf(x)}_{TypeOf(y)}", Slice(x), Vector(b), ExtentOf(x), Slice(y));

    public override void BiasBackward(Tensor dy, Tensor db) =>
        LaunchOver(dy, $"bias_backward_{TypeOf(dy)}", Slice(dy), ExtentOf(dy), Partials(), Vector(db));

    public override void ChannelStatistics(Tensor x, Tensor mean, Tensor variance) => LaunchOver(
        x, $"channel_statistics_{TypeOf(x)}", Slice(x), ExtentOf(x), Partials(), Vector(mean), Vector(variance));

    /// <summary>y = x and its statistics at once.</summary>
    public void CopyChannelStatistics(Tensor x, Tensor y, Tensor mean, Tensor variance) => LaunchOver(
        x, $"copy_channel_statistics_{TypeOf(x)}_{TypeOf(y)}", Slice(x), ExtentOf(x), Partials(), Slice(y),
        Vector(mean), Vector(variance));

    public override void ChannelStatisticsBackward(
        Tensor x, Tensor mean, Tensor dmean, Tensor dvariance, Tensor dx, Grant grant = default) => LaunchOver(
        x, $"channel_statistics_backward_{TypeOf(x)}_{TypeOf(dx)}", Slice(x), Vector(mean), Vector(dmean),
        Vector(dvariance), ExtentOf(x), Stores(grant), Slice(dx));

    public override void NormRelu(Tensor x, Normalisation norm, Tensor y) => LaunchOver(
        x, $"norm_relu_{TypeOf(x)}_{TypeOf(y)}", Slice(x), Norm(norm), ExtentOf(x), Slice(y));

    public override void NormReluBackward(
        Tensor x, Normalisation norm, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant = default) => LaunchOver(
        x, $"norm_relu_backward_{TypeOf(x)}_{TypeOf(dy)}_{TypeOf(dx)}", Slice(x), Norm(norm), Slice(dy), ExtentOf(x),
        Partials(), Stores(grant), Slice(dx), Vectors(dnorm));

    public override void MoveRunningStatistics(
        Tensor mean, Tensor variance, long count, double momentum, Tensor runningMean, Tensor runningVariance) =>
        Launch(
        "move_running_statistics", (2, 1), (32, 1), Vector(mean), Vector(variance),
        Bytes((float)(count / Math.Max(1.0, count - 1))), Bytes((float)momentum), Bytes(mean.Shape.C),
        Vector(runningMean), Vector(runningVariance));

    public override void AveragePool(Tensor x, Window window, Tensor y) => LaunchOver(
        y, $"average_pool_{TypeOf(x)}_{TypeOf(y)}", Slice(x), Pooling(x, window, y), ExtentOf(y), Slice(y));

    public override void AveragePoolBackward(Tensor dy, Window window, Tensor dx, Grant grant = default) => LaunchOver(
        dx, $"average_pool_backward_{TypeOf(dy)}_{TypeOf(dx)}", Slice(dy), Pooling(dx, window, dy), ExtentOf(dx),
        Stores(grant), Slice(dx));

    public override void MaxPool(Tensor x, Window window, Tensor y) => LaunchOver(
        y, $"max_pool_{TypeOf(x)}_{TypeOf(y)}", Slice(x), Pooling(x, window, y), ExtentOf(y), Slice(y));

    public override void MaxPoolBackward(Tensor x, Tensor dy, Window window, Tensor dx, Grant grant = default) =>
        LaunchOver(
            dx, $"max_pool_backward_{TypeOf(x)}_{TypeOf(dy)}_{TypeOf(dx)}", Slice(x), Slice(dy),
            Pooling(x, window, dy), ExtentOf(dx), Stores(grant), Slice(dx));

    public override void Dropout(Tensor x, double rate, uint ordinal, Tensor y) => LaunchOver(
        x, $"dropout_{TypeOf(x)}_{TypeOf(y)}", Slice(x), Dropping(x, rate, ordinal), StepOnDevice(), ExtentOf(x),
        Slice(y));

    public override void DropoutBackward(Tensor dy, double rate, uint ordinal, Tensor dx, Grant grant = default) =>
        LaunchOver(
            dy, $"dropout_backward_{TypeOf(dy)}_{TypeOf(dx)}", Slice(dy), Dropping(dy, rate, ordinal), StepOnDevice(),
            ExtentOf(dy), Stores(grant), Slice(dx));

    public override void SoftmaxCrossEntropy(Tensor logits, Tensor labels, Tensor loss, Tensor correct) => Launch(
        $"softmax_cross_entropy_{TypeOf(logits)}", ((logits.Shape.N + 7) / 8, 1), (32, 8), Slice(logits),
        Bytes(labels.Storage.Address), ExtentOf(logits), Partials(), Vector(loss), Vector(correct));

    public override void SoftmaxCrossEntropyBackward(
        Tensor logits, Tensor labels, Tensor dloss, Tensor dlogits, Grant grant = default) => Launch(
        $"softmax_cross_entropy_backward_{TypeOf(logits)}_{TypeOf(dlogits)}", (2, 1), (32, 8), Slice(logits),
        Bytes(labels.Storage.Address), Vector(dloss), ExtentOf(logits), Stores(grant), Slice(dlogits));

    public override void Sgd(double momentum, double weightDecay, bool nesterov, Tensor w, Tensor dw, Tensor v) =>
        SgdOfRun(
            momentum, weightDecay, nesterov, w.Shape.Count, w.Storage.Address, dw.Storage.Address, v.Storage.Address);

    /// <summary>The optimiser on dense numbers, wherever they begin.</summary>
    public void SgdOfRun(
        double momentum, double weightDecay, bool nesterov, long count, nint w, nint dw, nint v) => Launch(
        "sgd", (3, 1), (64, 1),
        [.. Bytes((float)momentum), .. Bytes((float)weightDecay), .. Bytes(nesterov ? 1 : 0)], StepOnDevice(),
        Bytes(count), Bytes(w), Bytes(dw), Bytes(v));

    /// <summary>Images of bytes, cropped, flipped and normalised.</summary>
    public void Augment(byte[] images, nint table, bool isAugmented, uint stream, Tensor y) => Launch(
        $"augment_{TypeOf(y)}", (3, 1), (64, 1), images, Bytes(table), Bytes(isAugmented ? 1 : 0), Bytes(stream),
        StepOnDevice(), Slice(y));

    private static byte[] Stores(Grant grant) => Bytes(grant.Stores ? 1 : 0);

    private static byte[] Norm(Normalisation norm) =>
        [.. Vectors(norm), .. Bytes((float)norm.Epsilon), .. Bytes(0)];

    private static byte[] Pooling(Tensor x, Window window, Tensor y) => [.. new[]
    {
        x.Shape.H, x.Shape.W, y.Shape.H, y.Shape.W, window.Height, window.Width, window.Stride, window.Padding,
    }.SelectMany(Bytes)];

    private static byte[] Dropping(Tensor x, double rate, uint ordinal) =>
    [
        .. Bytes((uint)Math.Ceiling(rate * 4294967296.0)), .. Bytes((float)(1 / (1 - rate))), .. Bytes(ordinal),
        .. Bytes(x.Shape.Plane),
    ];
}
