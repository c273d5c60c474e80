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
/// <param name="Exits">What the model's exits say, the last of which is its answer.</param>
/// <param name="Loss">Mean over the batch, and over several exits the weighted sum of theirs.</param>
/// <param name="Plan">Calls, places and peak.</param>
public sealed record RecordedStep(
    Tape Tape, Variable Images, Variable Labels, IReadOnlyList<RecordedExit> Exits, Variable Loss, MemoryPlan Plan)
{
    /// <summary>The last exit's logits.</summary>
    public Variable Logits => Exits[^1].Logits;

    /// <summary>Images that the last exit classifies correctly.</summary>
    public Variable Correct => Exits[^1].Correct;

    /// <summary>What goes in and what comes out.</summary>
    public StepEnds Ends => new(Images.Value, Labels.Value, Loss.Value, Correct.Value);

    /// <summary>Records and plans a training step, forward and backward, or an evaluation step.</summary>
    public static RecordedStep Record(
        Model model, Backend backend, MemoryStrategy memory, int batchSize, bool isTraining)
    {
        Tape tape = new(memory, isTraining);
        Variable images = tape.NewInput("images", model.InputShape(batchSize));
        Variable labels = tape.NewInput("labels", new Shape(batchSize, 1, 1, 1), StorageRole.Labels);
        IReadOnlyList<Exit> exits = isTraining
            ? model.Exits(tape, images)
            : Imagewise.Record(tape, backend, model.Exits, images);
        List<RecordedExit> recorded = [];
        foreach (Exit exit in exits)
        {
            exit.Logits.Value.Storage.IsKept = true;
            (Variable loss, Variable correct) = SoftmaxCrossEntropy.Record(tape, exit.Logits, labels);
            recorded.Add(new RecordedExit(exit.Logits, loss, correct));
        }

        Variable total = WeightedSum.Record(
            tape, [.. recorded.Select(exit => exit.Loss)], [.. exits.Select(exit => exit.Weight)]);
        total.Value.Storage.IsKept = true;
        MemoryPlan plan = MemoryPlanner.Plan(tape, backend, isTraining ? total : null);
        return new RecordedStep(tape, images, labels, recorded, total, plan);
    }
}
