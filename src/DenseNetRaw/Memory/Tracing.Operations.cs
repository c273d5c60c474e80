using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Memory;

/// <content>One method a backend operation: what it reads, what it writes, which gradients it adds to.</content>
public sealed partial class Tracing
{
    /// <inheritdoc/>
    public override long AvailableBytes => target.AvailableBytes;

    /// <inheritdoc/>
    public override long BytesOf(Shape shape, StorageRole role) => target.BytesOf(shape, role);

    /// <inheritdoc/>
    public override DeviceMemory Allocate(long bytes) => throw Holds();

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<float> values, Tensor x) => throw Holds();

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<double> values, Tensor x) => throw Holds();

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<int> values, Tensor labels) => throw Holds();

    /// <inheritdoc/>
    public override void Download(Tensor x, Span<float> values) => throw Holds();

    /// <inheritdoc/>
    public override void Download(Tensor x, Span<double> values) => throw Holds();

    /// <inheritdoc/>
    public override void Fill(double value, Tensor y) => Add(nameof(Fill), [], [y], [], (b, _) => b.Fill(value, y));

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y) => Add(nameof(Copy), [x], [y], [], (b, _) => b.Copy(x, y));

    /// <inheritdoc/>
    public override void Accumulate(Tensor x, Tensor y, Grant grant = default) =>
        Add(nameof(Accumulate), [x], [], [y], (b, g) => b.Accumulate(x, y, g));

    /// <inheritdoc/>
    public override void Add(Tensor a, Tensor b, Tensor y) =>
        Add(nameof(Add), [a, b], [y], [], (backend, _) => backend.Add(a, b, y));

    /// <inheritdoc/>
    public override void Scale(Tensor x, Tensor s, Tensor y) =>
        Add(nameof(Scale), [x, s], [y], [], (b, _) => b.Scale(x, s, y));

    /// <inheritdoc/>
    public override void AccumulateScaled(Tensor x, Tensor s, Tensor y, Grant grant = default) =>
        Add(nameof(AccumulateScaled), [x, s], [], [y], (b, g) => b.AccumulateScaled(x, s, y, g));

    /// <inheritdoc/>
    public override void AddRelu(Tensor a, Tensor b, Tensor y) =>
        Add(nameof(AddRelu), [a, b], [y], [], (backend, _) => backend.AddRelu(a, b, y));

    /// <inheritdoc/>
    public override void ReluBackward(Tensor y, Tensor dy, Tensor dx, Grant grant = default) =>
        Add(nameof(ReluBackward), [y, dy], [], [dx], (b, g) => b.ReluBackward(y, dy, dx, g));

    /// <inheritdoc/>
    public override void DrawGates(double last, Tensor gates) =>
        Add(nameof(DrawGates), [], [gates], [], (b, _) => b.DrawGates(last, gates));

    /// <inheritdoc/>
    public override void Multiply(Tensor a, Tensor b, Tensor y) =>
        Add(nameof(Multiply), [a, b], [y], [], (backend, _) => backend.Multiply(a, b, y));

    /// <inheritdoc/>
    public override void MultiplyBackward(Tensor dy, Tensor b, Tensor da, Grant grant = default) =>
        Add(nameof(MultiplyBackward), [dy, b], [], [da], (backend, g) => backend.MultiplyBackward(dy, b, da, g));

    /// <inheritdoc/>
    public override void Convolution(Tensor x, Tensor w, Window window, Tensor y, Grant grant = default) =>
        Add(nameof(Convolution), [x, w], [y], [], (b, g) => b.Convolution(x, w, window, y, g),
            target.WorkspaceBytes(ConvolutionPass.Forward, x, w, window, y), MultiplyAdds(w, y),
            target.StatisticsBytes(ConvolutionPass.Forward, x, w, window, y),
            new ConvolutionCall(ConvolutionPass.Forward, x.Shape, w.Shape, window));

    /// <inheritdoc/>
    public override void ConvolutionBackwardData(
        Tensor dy, Tensor w, Window window, Tensor dx, Grant grant = default) =>
        Add(nameof(ConvolutionBackwardData), [dy, w], [], [dx],
            (b, g) => b.ConvolutionBackwardData(dy, w, window, dx, g),
            target.WorkspaceBytes(ConvolutionPass.BackwardData, dx, w, window, dy), MultiplyAdds(w, dy),
            convolution: new ConvolutionCall(ConvolutionPass.BackwardData, dx.Shape, w.Shape, window));

    /// <inheritdoc/>
    public override void ConvolutionBackwardWeights(
        Tensor x, Tensor dy, Window window, Tensor dw, Grant grant = default)
    {
        ClearAtBirth(dw.Storage);
        Add(nameof(ConvolutionBackwardWeights), [x, dy], [], [dw],
            (b, g) => b.ConvolutionBackwardWeights(x, dy, window, dw, g),
            target.WorkspaceBytes(ConvolutionPass.BackwardWeights, x, dw, window, dy), MultiplyAdds(dw, dy),
            convolution: new ConvolutionCall(ConvolutionPass.BackwardWeights, x.Shape, dw.Shape, window));
    }

    /// <inheritdoc/>
    public override void Bias(Tensor x, Tensor b, Tensor y) =>
        Add(nameof(Bias), [x, b], [y], [], (backend, _) => backend.Bias(x, b, y));

    /// <inheritdoc/>
    public override void BiasBackward(Tensor dy, Tensor db, Grant grant = default)
    {
        ClearAtBirth(db.Storage);
        Add(nameof(BiasBackward), [dy], [], [db], (b, g) => b.BiasBackward(dy, db, g), target.ReductionBytes(dy.Shape));
    }

    /// <inheritdoc/>
    public override void ChannelStatistics(Tensor x, Tensor mean, Tensor variance, Grant grant = default)
    {
        if (!TakesStatistics(x, mean, variance))
        {
            Add(nameof(ChannelStatistics), [x], [mean, variance], [],
                (b, g) => b.ChannelStatistics(x, mean, variance, g), target.ReductionBytes(x.Shape));
        }
    }

    /// <inheritdoc/>
    public override void ChannelStatisticsBackward(
        Tensor x, Tensor mean, Tensor dmean, Tensor dvariance, Tensor dx, Grant grant = default) =>
        Add(nameof(ChannelStatisticsBackward), [x, mean, dmean, dvariance], [], [dx],
            (b, g) => b.ChannelStatisticsBackward(x, mean, dmean, dvariance, dx, g));

    /// <inheritdoc/>
    public override void NormRelu(Tensor x, Normalisation norm, Tensor y) =>
        Add(nameof(NormRelu), [x, norm.Mean, norm.Variance, norm.Gamma, norm.Beta], [y], [],
            (b, _) => b.NormRelu(x, norm, y));

    /// <inheritdoc/>
    public override void NormReluBackward(
        Tensor x, Normalisation norm, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant = default) =>
        Add(nameof(NormReluBackward),
            [x, norm.Mean, norm.Variance, norm.Gamma, norm.Beta, dy], [],
            [dx, dnorm.Mean, dnorm.Variance, dnorm.Gamma, dnorm.Beta],
            (b, g) => b.NormReluBackward(x, norm, dy, dx, dnorm, g), target.ReductionBytes(x.Shape));

    /// <inheritdoc/>
    public override void Norm(Tensor x, Normalisation norm, Tensor y) =>
        Add(nameof(Norm), [x, norm.Mean, norm.Variance, norm.Gamma, norm.Beta], [y], [],
            (b, _) => b.Norm(x, norm, y));

    /// <inheritdoc/>
    public override void NormBackward(
        Tensor x, Normalisation norm, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant = default) =>
        Add(nameof(NormBackward),
            [x, norm.Mean, norm.Variance, norm.Gamma, norm.Beta, dy], [],
            [dx, dnorm.Mean, dnorm.Variance, dnorm.Gamma, dnorm.Beta],
            (b, g) => b.NormBackward(x, norm, dy, dx, dnorm, g), target.ReductionBytes(x.Shape));

    /// <inheritdoc/>
    public override void MoveRunningStatistics(
        Tensor mean, Tensor variance, long count, double momentum, Tensor? gate, Tensor runningMean,
        Tensor runningVariance) =>
        Add(nameof(MoveRunningStatistics), gate is { } read ? [mean, variance, read] : [mean, variance],
            [runningMean, runningVariance], [],
            (b, _) => b.MoveRunningStatistics(mean, variance, count, momentum, gate, runningMean, runningVariance));

    /// <inheritdoc/>
    public override void NormReluConvolution(
        Tensor x, Normalisation norm, Tensor w, Window window, Tensor y, Grant grant = default)
    {
        if (target.FusesNormReluConvolution(x.Shape, w.Shape, window))
        {
            Add(nameof(NormReluConvolution), [x, norm.Mean, norm.Variance, norm.Gamma, norm.Beta, w], [y], [],
                (b, g) => b.NormReluConvolution(x, norm, w, window, y, g),
                target.WorkspaceBytes(ConvolutionPass.NormReluForward, x, w, window, y),
                MultiplyAdds(w, y), target.StatisticsBytes(ConvolutionPass.NormReluForward, x, w, window, y));
            return;
        }

        Tensor normalised = NormalisedCopy(x);
        NormRelu(x, norm, normalised);
        Convolution(normalised, w, window, y);
    }

    /// <inheritdoc/>
    public override void NormReluConvolutionBackward(
        Tensor x, Normalisation norm, Tensor w, Window window, Tensor dy, Tensor dx, Normalisation dnorm, Tensor dw,
        Grant grant = default)
    {
        if (target.FusesNormReluConvolution(x.Shape, w.Shape, window))
        {
            Add(nameof(NormReluConvolutionBackward),
                [x, norm.Mean, norm.Variance, norm.Gamma, norm.Beta, w, dy], [],
                [dx, dnorm.Mean, dnorm.Variance, dnorm.Gamma, dnorm.Beta, dw],
                (b, g) => b.NormReluConvolutionBackward(x, norm, w, window, dy, dx, dnorm, dw, g),
                target.WorkspaceBytes(ConvolutionPass.NormReluBackward, x, w, window, dy),
                2 * MultiplyAdds(w, dy));
            return;
        }

        Tensor normalised = NormalisedCopy(x);
        Tensor dnormalised = NormalisedGradient(x);
        _phase = Phase.Replay;
        NormRelu(x, norm, normalised);
        _phase = Phase.Backward;
        ConvolutionBackwardWeights(normalised, dy, window, dw);
        ConvolutionBackwardData(dy, w, window, dnormalised);
        NormReluBackward(x, norm, dnormalised, dx, dnorm);
    }

    /// <inheritdoc/>
    public override void NormReluAveragePool(
        Tensor x, Normalisation norm, Window window, Tensor y, Grant grant = default)
    {
        if (target.NormReluAveragePoolBytes(x.Shape, window) is { } workspaceBytes)
        {
            Add(nameof(NormReluAveragePool), [x, norm.Mean, norm.Variance, norm.Gamma, norm.Beta], [y], [],
                (b, g) => b.NormReluAveragePool(x, norm, window, y, g), workspaceBytes);
            return;
        }

        Tensor normalised = NormalisedCopy(x);
        NormRelu(x, norm, normalised);
        AveragePool(normalised, window, y);
    }

    /// <inheritdoc/>
    public override void NormReluAveragePoolBackward(
        Tensor x, Normalisation norm, Window window, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant = default)
    {
        if (target.NormReluAveragePoolBytes(x.Shape, window) is { } workspaceBytes)
        {
            Add(nameof(NormReluAveragePoolBackward),
                [x, norm.Mean, norm.Variance, norm.Gamma, norm.Beta, dy], [],
                [dx, dnorm.Mean, dnorm.Variance, dnorm.Gamma, dnorm.Beta],
                (b, g) => b.NormReluAveragePoolBackward(x, norm, window, dy, dx, dnorm, g), workspaceBytes);
            return;
        }

        Tensor dnormalised = NormalisedGradient(x);
        AveragePoolBackward(dy, window, dnormalised);
        NormReluBackward(x, norm, dnormalised, dx, dnorm);
    }

    /// <inheritdoc/>
    public override void Imagewise(IImagewise forward, Tensor x, Tensor[] ys, Grant grant = default) =>
        Add(nameof(Imagewise), [x], ys, [], (b, g) => b.Imagewise(forward, x, ys, g),
            forward.WorkspaceBytes, forward.MultiplyAdds);

    /// <inheritdoc/>
    public override void AveragePool(Tensor x, Window window, Tensor y) =>
        Add(nameof(AveragePool), [x], [y], [], (b, _) => b.AveragePool(x, window, y));

    /// <inheritdoc/>
    public override void AveragePoolBackward(Tensor dy, Window window, Tensor dx, Grant grant = default) =>
        Add(nameof(AveragePoolBackward), [dy], [], [dx], (b, g) => b.AveragePoolBackward(dy, window, dx, g));

    /// <inheritdoc/>
    public override void MaxPool(Tensor x, Window window, Tensor y) =>
        Add(nameof(MaxPool), [x], [y], [], (b, _) => b.MaxPool(x, window, y));

    /// <inheritdoc/>
    public override void MaxPoolBackward(Tensor x, Tensor dy, Window window, Tensor dx, Grant grant = default) =>
        Add(nameof(MaxPoolBackward), [x, dy], [], [dx], (b, g) => b.MaxPoolBackward(x, dy, window, dx, g));

    /// <inheritdoc/>
    public override void Dropout(Tensor x, double rate, uint ordinal, Tensor y) =>
        Add(nameof(Dropout), [x], [y], [], (b, _) => b.Dropout(x, rate, ordinal, y));

    /// <inheritdoc/>
    public override void DropoutBackward(Tensor dy, double rate, uint ordinal, Tensor dx, Grant grant = default) =>
        Add(nameof(DropoutBackward), [dy], [], [dx], (b, g) => b.DropoutBackward(dy, rate, ordinal, dx, g));

    /// <inheritdoc/>
    public override void SoftmaxCrossEntropy(
        Tensor logits, Tensor labels, Tensor loss, Tensor correct, Grant grant = default) =>
        Add(nameof(SoftmaxCrossEntropy), [logits, labels], [loss, correct], [],
            (b, g) => b.SoftmaxCrossEntropy(logits, labels, loss, correct, g), target.ReductionBytes(logits.Shape));

    /// <inheritdoc/>
    public override void SoftmaxCrossEntropyBackward(
        Tensor logits, Tensor labels, Tensor dloss, Tensor dlogits, Grant grant = default) =>
        Add(nameof(SoftmaxCrossEntropyBackward), [logits, labels, dloss], [], [dlogits],
            (b, g) => b.SoftmaxCrossEntropyBackward(logits, labels, dloss, dlogits, g));

    /// <inheritdoc/>
    public override long SgdBytes(long count) => target.SgdBytes(count);

    /// <inheritdoc/>
    public override void Sgd(
        double momentum, double weightDecay, bool nesterov, Tensor w, Tensor dw, Tensor v, Tensor squares,
        Grant grant = default) =>
        Add(nameof(Sgd), [], [w, dw, v, squares], [],
            (b, g) => b.Sgd(momentum, weightDecay, nesterov, w, dw, v, squares, g), target.SgdBytes(w.Shape.Count));

    /// <inheritdoc/>
    public override void Custom(
        string operation, Tensor[] reads, Action<Backend> kernel, Tensor[] writes, Tensor[] sums)
    {
        foreach (Tensor sum in sums)
        {
            ClearAtBirth(sum.Storage);
        }

        Add(operation, reads, writes, sums, (b, _) => b.Custom(operation, reads, kernel, writes, sums));
    }

    private static long MultiplyAdds(Tensor w, Tensor y) => Operations.Convolution.CountMultiplyAdds(w.Shape, y.Shape);

    private static InvalidOperationException Holds() => new("a trace holds no numbers");

    private static Tensor NormalisedGradient(Tensor x) =>
        Tensor.Of(new Storage($"d normalised {x.Storage.Name}", x.Shape, StorageRole.Scratch));

    private static Tensor NormalisedCopy(Tensor x) =>
        Tensor.Of(new Storage($"normalised {x.Storage.Name}", x.Shape, StorageRole.Scratch));
}
