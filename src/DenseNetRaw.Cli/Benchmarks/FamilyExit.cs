using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Data;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>One exit of a trained model.</summary>
/// <param name="MultiplyAdds">
/// Of one image's forward pass up to it, the exits before it with it: what is recorded before its logits.
/// </param>
/// <param name="TestError">Share of the test images that it classifies wrongly with the weights of the end.</param>
internal sealed record FamilyExit(long MultiplyAdds, double TestError)
{
    /// <summary>Every exit of a model, in order.</summary>
    /// <param name="member">The model and its images.</param>
    /// <param name="description">What the model takes.</param>
    /// <param name="weights">The weights of the end.</param>
    /// <param name="backend">Where it is evaluated.</param>
    /// <param name="settings">Memory strategy and budget.</param>
    /// <param name="batchSize">Images in a batch, at most those there are.</param>
    /// <exception cref="InvalidDataException">The weights are missing or not this model's.</exception>
    public static IReadOnlyList<FamilyExit> Of(
        FamilyMember member, ModelDescription description, string weights, Backend backend, SessionSettings settings,
        int batchSize)
    {
        double[] errors = Errors(member, weights, backend, settings, Math.Min(batchSize, member.Test.Count));
        return [.. description.Exits.Zip(errors, (exit, error) => new FamilyExit(exit.MultiplyAdds, error))];
    }

    private static double[] Errors(
        FamilyMember member, string weights, Backend backend, SessionSettings settings, int batchSize)
    {
        SafetensorsFile file = WeightsFile.Read(weights);
        TrainedModel trained = TrainedModel.In(file)
            ?? throw new InvalidDataException($"{weights}: expected weights that say what model they are of");
        using Session session = EvaluationBatch.NewSession(
            file, member.Configuration, backend, settings, member.Test.Count, batchSize);
        using BatchLoader loader = new(
            member.Test, new BatchOptions { BatchSize = batchSize, Normalization = trained.Normalization });
        double[]? correct = null;
        loader.StartEpoch(0);
        while (loader.TryNext(out Batch? batch))
        {
            RecordedStep step = session.StepFor(batch.Count, isTraining: false);
            session.Evaluate(
                batch.Pixels.AsSpan(0, (int)step.Images.Shape.Count), batch.Labels.AsSpan(0, batch.Count));
            correct ??= new double[step.Exits.Count];
            for (int exit = 0; exit < correct.Length; exit++)
                correct[exit] += Number(backend, step.Exits[exit].Correct);
        }

        return [.. correct!.Select(count => 1 - (count / member.Test.Count))];
    }

    private static double Number(Backend backend, Variable scalar)
    {
        Span<double> number = stackalloc double[1];
        backend.Download(scalar.Value, number);
        return number[0];
    }
}
