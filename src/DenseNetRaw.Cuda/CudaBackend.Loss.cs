using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda.Execution;

namespace DenseNetRaw.Cuda;

/// <content>The ends of a step: images, loss, optimiser.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void SoftmaxCrossEntropy(
        Tensor logits, Tensor labels, Tensor loss, Tensor correct, Grant grant = default)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(logits);
        machine.Launch(
            machine.Kernels.Find("softmax_cross_entropy", "softmax_cross_entropy", from.Type),
            LaunchShape.OfLoss(logits.Shape.N), SliceOf(from), (ulong)labels.Storage.Address, ExtentOf(logits),
            PartialsIn(grant, machine), VectorOf(loss), VectorOf(correct));
    }

    /// <inheritdoc/>
    public override void SoftmaxCrossEntropyBackward(
        Tensor logits, Tensor labels, Tensor dloss, Tensor dlogits, Grant grant = default)
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(logits), to = _layout.Of(dlogits);
        machine.Launch(
            machine.Kernels.Find("softmax_cross_entropy", "softmax_cross_entropy_backward", from.Type, to.Type),
            LaunchShape.OfLoss(logits.Shape.N), SliceOf(from), (ulong)labels.Storage.Address, VectorOf(dloss),
            ExtentOf(logits), Stores(grant), SliceOf(to));
    }

    /// <inheritdoc/>
    public override void Sgd(double momentum, double weightDecay, bool nesterov, Tensor w, Tensor dw, Tensor v)
    {
        CudaMachine machine = Machine;
        Descent descent = new((float)momentum, (float)weightDecay, nesterov ? 1 : 0);
        machine.Launch(
            machine.Kernels.Find("sgd", "sgd"), LaunchShape.OfRun(w.Shape.Count, machine.Multiprocessors), descent,
            machine.Step, w.Shape.Count, VectorOf(w), VectorOf(dw), VectorOf(v));
    }

    /// <summary>
    /// y = the images, cropped, flipped and normalised as the batch loader does; the epoch is the one of the step's
    /// state.
    /// </summary>
    /// <param name="images">Their bytes and indices, on the device.</param>
    /// <param name="table">[3, 256], the normalised value of each byte, on the device.</param>
    /// <param name="isAugmented">Whether to crop and flip.</param>
    /// <param name="stream">The random stream to draw from.</param>
    /// <param name="y">[N, 3, H, W].</param>
    internal void Augment(Images images, ulong table, bool isAugmented, uint stream, Tensor y)
    {
        CudaMachine machine = Machine;
        Operand to = _layout.Of(y);
        machine.Launch(
            machine.Kernels.Find("augment", "augment", to.Type),
            LaunchShape.OfRun(ExtentOf(y).Pixels, machine.Multiprocessors), images, table, isAugmented ? 1 : 0, stream,
            machine.Step, SliceOf(to));
    }
}
