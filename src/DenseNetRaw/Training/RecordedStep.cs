using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Training;

/// <summary>
/// A model's step for one batch size, recorded and planned: the tape's variables that are uploaded or read back.
/// </summary>
/// <param name="Tape">The recorded operations.</param>
/// <param name="Images">[N, 3, H, W], already normalised.</param>
/// <param name="Labels">[N, 1, 1, 1].</param>
/// <param name="Logits">[N, classes, 1, 1], kept to the end of the step.</param>
/// <param name="Loss">Mean over the batch.</param>
/// <param name="Correct">Images classified correctly.</param>
/// <param name="Plan">Calls, places and peak.</param>
public sealed record RecordedStep(
    Tape Tape, Variable Images, Variable Labels, Variable Logits, Variable Loss, Variable Correct, MemoryPlan Plan)
{
    /// <summary>What goes in and what comes out.</summary>
    public StepEnds Ends => new(Images.Value, Labels.Value, Loss.Value, Correct.Value);

    /// <summary>Records and plans a training step, forward and backward, or an evaluation step.</summary>
    public static RecordedStep Record(
        DenseNet model, Backend backend, MemoryStrategy memory, int batchSize, bool isTraining)
    {
        Tape tape = new(memory, isTraining);
        Variable images = tape.NewInput("images", model.InputShape(batchSize));
        Variable labels = tape.NewInput("labels", new Shape(batchSize, 1, 1, 1), StorageRole.Labels);
        Variable logits = isTraining
            ? model.Forward(tape, images)
            : Imagewise.Record(tape, backend, model.Forward, images);
        logits.Value.Storage.IsKept = true;
        (Variable loss, Variable correct) = SoftmaxCrossEntropy.Record(tape, logits, labels);
        MemoryPlan plan = MemoryPlanner.Plan(tape, backend, isTraining ? loss : null);
        return new RecordedStep(tape, images, labels, logits, loss, correct, plan);
    }
}
