using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Operations;

/// <summary>
/// loss = 1/N · Σ over n of (log Σ over c of exp(logits[n,c]) − logits[n, label[n]]), and how many images were
/// classified correctly. logits [N, classes, 1, 1]; labels [N, 1, 1, 1]; loss, correct [1, 1, 1, 1]. Goodfellow et al.
/// 2016, "Deep Learning", section 6.2.2.3.
/// </summary>
public sealed class SoftmaxCrossEntropy : Node
{
    private readonly Variable _logits, _labels, _loss, _correct;

    private SoftmaxCrossEntropy(Variable logits, Variable labels, Variable loss, Variable correct)
        : base([logits, labels], [loss, correct]) =>
        (_logits, _labels, _loss, _correct) = (logits, labels, loss, correct);

    /// <summary>Records loss and number of correct images, both kept to the end of the step.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static (Variable Loss, Variable Correct) Record(Tape tape, Variable logits, Variable labels)
    {
        Require(logits.Shape.Plane == 1, nameof(SoftmaxCrossEntropy), "logits must be [N, classes, 1, 1]", logits);
        Require(
            labels.Shape == new Shape(logits.Shape.N, 1, 1, 1), nameof(SoftmaxCrossEntropy),
            $"labels must be [{logits.Shape.N}, 1, 1, 1]", logits, labels);
        Variable loss = tape.NewVariable("loss", Shape.Scalar, StorageRole.ChannelVector);
        Variable correct = new(Tensor.Of(new Storage("correct", Shape.Scalar, StorageRole.ChannelVector)), null);
        loss.Value.Storage.IsKept = true;
        correct.Value.Storage.IsKept = true;
        tape.Record(new SoftmaxCrossEntropy(logits, labels, loss, correct));
        return (loss, correct);
    }

    /// <inheritdoc/>
    public override void Forward(Backend backend) =>
        backend.SoftmaxCrossEntropy(_logits.Value, _labels.Value, _loss.Value, _correct.Value);

    /// <inheritdoc/>
    public override void Backward(Backend backend) =>
        backend.SoftmaxCrossEntropyBackward(_logits.Value, _labels.Value, _loss.Gradient, _logits.Gradient);
}
