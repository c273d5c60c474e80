using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda.Execution;

namespace DenseNetRaw.Cuda;

/// <content>Loss and optimiser.</content>
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
    public override long SgdBytes(long count) => LaunchShape.BytesOfSquares(count);

    /// <inheritdoc/>
    public override void Sgd(
        double momentum, double weightDecay, bool nesterov, Tensor w, Tensor dw, Tensor v, Tensor squares,
        Grant grant = default)
    {
        CudaMachine machine = Machine;
        Descent descent = new((float)momentum, (float)weightDecay, nesterov ? 1 : 0);
        machine.Launch(
            machine.Kernels.Find("sgd", "sgd"), LaunchShape.OfDescent(w.Shape.Count, machine.Multiprocessors), descent,
            StepOn(machine), w.Shape.Count, VectorOf(w), VectorOf(dw), VectorOf(v), PartialsIn(grant, machine),
            VectorOf(squares));
    }
}
