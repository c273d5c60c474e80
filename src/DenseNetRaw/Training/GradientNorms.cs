using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Data;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Training;

/// <summary>
/// The norm of the loss's gradient by the parameters of each layer, from the images to the logits, for one batch: where
/// it falls by powers of ten, the layers before learn little. Weight decay is no part of it.
/// </summary>
/// <param name="Images">Images in the batch.</param>
/// <param name="Loss">The loss that was differentiated.</param>
/// <param name="Layers">In the order in which the forward pass first uses them.</param>
public sealed record GradientNorms(int Images, double Loss, IReadOnlyList<LayerGradient> Layers)
{
    private const int LeastImages = 4, MostImages = 32;

    /// <summary>Multiply-adds of a forward pass that four cores do in about a quarter of a second.</summary>
    private const long EnoughMultiplyAdds = 16_000_000_000;

    /// <summary>
    /// Of the weights in a file, on images of a training set: the first of an order that the seed gives, without
    /// augmentation, as few as need about a second on four cores.
    /// </summary>
    /// <param name="model">The model; it gets the weights.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="backend">Where it is computed.</param>
    /// <param name="images">The training set.</param>
    /// <param name="normalization">The one that the model was trained with.</param>
    /// <param name="seed">The run's seed, which also draws what training draws inside the network.</param>
    /// <exception cref="ArgumentException">The images do not fit the model.</exception>
    /// <exception cref="InvalidDataException">The weights do not, or an image file is wrong.</exception>
    /// <exception cref="OutOfMemoryException">The batch needs more memory than there is.</exception>
    public static GradientNorms Of(
        Model model, SafetensorsFile weights, Backend backend, ImageDataset images, Normalization normalization,
        ulong seed)
    {
        model.Configuration.RequireFit(images);
        int batchSize = BatchSize(model, images.Count);
        using BatchLoader loader = new(images, new BatchOptions
        {
            BatchSize = batchSize,
            Seed = seed,
            Shuffle = true,
            Normalization = normalization,
            PrefetchedBatches = 1,
        });
        using Session session = new(model, backend, new SessionSettings
        {
            TrainingBatchSizes = [batchSize],
            Memory = MemoryStrategy.SlabMinimal,
            Seed = seed,
        });
        StateDictionary.Restore(weights, model, backend);
        loader.StartEpoch(1);
        return loader.TryNext(out Batch? batch)
            ? Of(session, batch.Pixels, batch.Labels)
            : throw new InvalidOperationException("A data set that has images gave no batch.");
    }

    /// <summary>
    /// Of a session's parameters as they are, forward and backward in training mode; the gradients are zero again
    /// afterwards, and only running statistics have moved.
    /// </summary>
    /// <param name="session">No step of it is under way.</param>
    /// <param name="pixels">[N, 3, H, W], already normalised.</param>
    /// <param name="labels">One class index an image.</param>
    public static GradientNorms Of(Session session, ReadOnlySpan<float> pixels, ReadOnlySpan<int> labels)
    {
        RecordedStep step = session.StepFor(labels.Length, isTraining: true);
        Backend backend = session.Backend;
        backend.Step = new StepState(session.Plan.Settings.Seed, session.StepsPlayed + 1, LearningRate: 0);
        backend.Upload(pixels, step.Images.Value);
        backend.Upload(labels, step.Labels.Value);
        backend.Play(step.Plan);
        double[] loss = new double[1];
        backend.Download(step.Loss.Value, loss);
        HashSet<string> norms = [.. session.Model.NormLayers.Select(norm => norm.Name)];
        LayerGradient[] layers =
        [
            .. InOrderOfUse(step.Tape).GroupBy(LayerOf).Select(layer => new LayerGradient(
                layer.Key,
                norms.Contains(layer.Key),
                layer.Sum(parameter => (long)parameter.Shape.Count),
                Norm(layer.Select(parameter => parameter.Gradient), backend),
                Norm(layer.Select(parameter => parameter.Value), backend))),
        ];
        foreach (Parameter parameter in session.Model.Parameters)
            backend.Fill(0, parameter.Gradient);
        return new GradientNorms(labels.Length, loss[0], layers);
    }

    private static IEnumerable<Parameter> InOrderOfUse(Tape tape) =>
        tape.Nodes.SelectMany(node => node.Inputs).OfType<Parameter>().Distinct();

    /// <summary>The key of a parameter without its last word: features.conv0 of features.conv0.weight.</summary>
    private static string LayerOf(Parameter parameter) => parameter.Name[..parameter.Name.LastIndexOf('.')];

    private static double Norm(IEnumerable<Tensor> tensors, Backend backend)
    {
        double squares = 0;
        foreach (Tensor tensor in tensors)
        {
            double[] values = new double[tensor.Shape.Count];
            backend.Download(tensor, values);
            foreach (double value in values)
                squares += value * value;
        }

        return Math.Sqrt(squares);
    }

    private static int BatchSize(Model model, int images)
    {
        long fitting = EnoughMultiplyAdds / Math.Max(1, ModelDescription.Of(model).MultiplyAdds);
        return (int)Math.Min(images, Math.Clamp(fitting, LeastImages, MostImages));
    }
}
