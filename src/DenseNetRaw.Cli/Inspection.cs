using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>What <c>inspect</c> says of a file or folder.</summary>
/// <param name="Path">What was asked for.</param>
/// <param name="Kind">checkpoint, run or safetensors.</param>
/// <param name="Damage">What is not as it should be: a sentence each.</param>
/// <param name="Model">The network, where the file says it.</param>
/// <param name="Parameters">Numbers that the optimiser updates; of foreign files all but running statistics.</param>
/// <param name="Checkpoints">The checkpoint, or those of the run, from the oldest to the newest.</param>
/// <param name="WeightsFile">The file that the tensors are of.</param>
/// <param name="Tensors">Its tensors.</param>
/// <param name="State">Of a checkpoint the momentum of each parameter.</param>
internal sealed record Inspection(
    string Path,
    string Kind,
    IReadOnlyList<string> Damage,
    ModelConfiguration? Model,
    long? Parameters,
    IReadOnlyList<InspectedCheckpoint>? Checkpoints,
    string? WeightsFile,
    IReadOnlyList<TensorSummary>? Tensors,
    IReadOnlyList<TensorSummary>? State)
{
    /// <summary>Looks into a checkpoint, a run folder or a safetensors file.</summary>
    /// <exception cref="InvalidDataException">It is nothing of that kind.</exception>
    public static Inspection Of(string path)
    {
        if (!Directory.Exists(path))
            return OfWeights(path, "safetensors", path, [], null, null);
        if (!RunFolder.IsIn(path) && !Checkpoint.IsIn(path)
            && CheckpointFolder.RunFolderOf(System.IO.Path.Combine(path, "step")) is { } owner
            && new CheckpointFolder(owner).Folders.Count > 0)
        {
            return Of(owner);
        }

        CheckpointFolder run = new(path);
        bool isRun = RunFolder.IsIn(path) || run.Folders.Count > 0;
        bool isCheckpoint = Checkpoint.IsIn(path) || CheckpointFolder.RunFolderOf(path) is not null;
        if (!isRun && !isCheckpoint)
        {
            throw new InvalidDataException(
                $"{path}: expected a checkpoint, a run folder or a safetensors file, found another folder");
        }

        List<string> damage = [];
        InspectedCheckpoint[] checkpoints =
            [.. (isRun ? run.Folders : [path]).Select(folder => InspectedCheckpoint.Of(folder, damage))];
        string? whole = checkpoints.LastOrDefault(checkpoint => checkpoint.IsWhole)?.Path;
        string weights = System.IO.Path.Combine(isRun ? path : whole ?? path, RunFolder.WeightsFile);
        if (isRun && whole is not null && !File.Exists(weights))
            weights = System.IO.Path.Combine(whole, Checkpoint.WeightsFile);
        string? state = isRun || whole is null ? null : System.IO.Path.Combine(whole, Checkpoint.StateFile);
        return OfWeights(
            path, isRun ? "run" : "checkpoint", File.Exists(weights) && (isRun || whole is not null) ? weights : null,
            damage, checkpoints, state);
    }

    private static Inspection OfWeights(
        string path, string kind, string? weights, IReadOnlyList<string> damage,
        IReadOnlyList<InspectedCheckpoint>? checkpoints, string? state)
    {
        SafetensorsFile? file = weights is null ? null : SafetensorsFile.Read(weights);
        TrainedModel? description = file is null ? null : TrainedModel.In(file);
        return new Inspection(
            path, kind, damage, description?.Configuration, file is null ? null : CountOf(file), checkpoints, weights,
            file is null ? null : Summaries(file), state is null ? null : Summaries(SafetensorsFile.Read(state)));
    }

    private static IReadOnlyList<TensorSummary> Summaries(SafetensorsFile file) =>
        [.. file.Tensors.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).Select(TensorSummary.Of)];

    private static long CountOf(SafetensorsFile file) => file.Tensors.Values
        .Where(tensor => tensor.Name.Split('.')[^1] is not ("running_mean" or "running_var" or "num_batches_tracked"))
        .Sum(tensor => tensor.Shape.Aggregate(1L, (product, extent) => product * extent));
}
