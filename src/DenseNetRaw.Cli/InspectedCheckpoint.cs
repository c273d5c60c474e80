using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>What <c>inspect</c> says of a checkpoint, which may be damaged.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="IsWhole">Whether every file is what the manifest says.</param>
/// <param name="Step">Steps played.</param>
/// <param name="Epoch">The epoch of the last one.</param>
/// <param name="StepInEpoch">Steps played in that epoch.</param>
/// <param name="TestAccuracy">At the end of an epoch.</param>
/// <param name="LearningRate">Of the last step.</param>
/// <param name="Seed">Of the run.</param>
/// <param name="Recipe">The recipe that the run goes by, where no flag said otherwise.</param>
/// <param name="Memory">The memory strategy.</param>
/// <param name="Device">The device.</param>
/// <param name="Written">When it was written.</param>
/// <param name="Files">Its files as the manifest has them.</param>
internal sealed record InspectedCheckpoint(
    string Path,
    bool IsWhole,
    long? Step,
    int? Epoch,
    int? StepInEpoch,
    double? TestAccuracy,
    double? LearningRate,
    ulong? Seed,
    string? Recipe,
    string? Memory,
    string? Device,
    DateTimeOffset? Written,
    IReadOnlyList<CheckpointFile>? Files)
{
    /// <summary>Reads the manifest and checks every file.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="damage">Receives what is not whole.</param>
    public static InspectedCheckpoint Of(string folder, ICollection<string> damage)
    {
        int before = damage.Count;
        CheckpointManifest? manifest = null;
        try
        {
            manifest = CheckpointManifest.Read(System.IO.Path.Combine(folder, Checkpoint.ManifestFile));
            foreach (CheckpointFile file in manifest.Files)
                Check(file, folder, damage);
        }
        catch (InvalidDataException e)
        {
            damage.Add(e.Message);
        }

        TrainingPosition? position = manifest?.Position;
        return new InspectedCheckpoint(
            folder, damage.Count == before, position?.Step, position?.Epoch, position?.StepInEpoch,
            manifest?.TestAccuracy, manifest?.LearningRate, manifest?.Run.Seed, manifest?.Recipe, manifest?.Memory,
            manifest?.Device, manifest?.Written, manifest?.Files);
    }

    private static void Check(CheckpointFile file, string folder, ICollection<string> damage)
    {
        try
        {
            file.RequireIn(folder);
        }
        catch (InvalidDataException e)
        {
            damage.Add(e.Message);
        }
    }
}
