using DenseNetRaw.Autograd;
using DenseNetRaw.Serialization;

namespace DenseNetRaw.Training;

/// <summary>
/// A folder from which a run goes on bit for bit: <c>model.safetensors</c>, a state dictionary with running statistics,
/// <c>state.safetensors</c>, the momentum of each parameter under its name, and <c>manifest.json</c>.
/// </summary>
public sealed class Checkpoint
{
    /// <summary>The weights.</summary>
    public const string WeightsFile = RunFolder.WeightsFile;

    /// <summary>The momentum of each parameter.</summary>
    public const string StateFile = "state.safetensors";

    /// <summary>What the other files are and where the run stands.</summary>
    public const string ManifestFile = "manifest.json";

    private Checkpoint(string path, CheckpointManifest manifest) => (FullName, Manifest) = (path, manifest);

    /// <summary>Where it lies.</summary>
    public string FullName { get; }

    /// <summary>What it says of itself.</summary>
    public CheckpointManifest Manifest { get; }

    /// <summary>Steps that were played.</summary>
    public long Step => Manifest.Position.Step;

    /// <summary>Whether a folder looks like a checkpoint, whole or not.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, ManifestFile));

    /// <summary>Opens a checkpoint and checks every file of it.</summary>
    /// <exception cref="InvalidDataException">
    /// It is not whole: names the file, what was expected and what was found.
    /// </exception>
    public static Checkpoint Open(string folder)
    {
        string path = Path.GetFullPath(folder);
        if (!Directory.Exists(path))
            throw new InvalidDataException($"{folder}: expected a checkpoint's folder, found none of that name");
        CheckpointManifest manifest = CheckpointManifest.Read(Path.Combine(path, ManifestFile));
        foreach (string name in new[] { WeightsFile, StateFile })
        {
            CheckpointFile file = manifest.Files.FirstOrDefault(file => file.Name == name)
                ?? throw new InvalidDataException(
                    $"{Path.Combine(path, ManifestFile)}: expected the SHA-256 of {name}, found none");
            file.RequireIn(path);
        }

        return new Checkpoint(path, manifest);
    }

    /// <summary>Writes a checkpoint whole or not at all, and waits until the disk has it.</summary>
    /// <param name="folder">Does not exist yet; its parent does.</param>
    /// <param name="session">Whose numbers are saved; no step may be under way.</param>
    /// <param name="manifest">What it says of itself; its files are filled in.</param>
    public static void Write(string folder, Session session, CheckpointManifest manifest) =>
        WholeFolder.Write(folder, temporary =>
        {
            SafetensorsFile.Write(
                Path.Combine(temporary, WeightsFile),
                StateDictionary.Capture(session.Model, session.Backend, isExact: true),
                manifest.Model.ToMetadata());
            SafetensorsFile.Write(Path.Combine(temporary, StateFile), Momentum(session));
            CheckpointManifest complete = manifest with
            {
                Files = [CheckpointFile.Of(temporary, WeightsFile), CheckpointFile.Of(temporary, StateFile)],
            };
            complete.Write(Path.Combine(temporary, ManifestFile));
        });

    /// <summary>Gives a session the weights, running statistics and momentum, and its count of steps.</summary>
    /// <exception cref="InvalidDataException">The session's model is another.</exception>
    public void Restore(Session session)
    {
        StateDictionary.Restore(
            SafetensorsFile.Read(Path.Combine(FullName, WeightsFile)), session.Model, session.Backend);
        SafetensorsFile state = SafetensorsFile.Read(Path.Combine(FullName, StateFile));
        foreach ((Parameter parameter, Tensor momentum) in session.Parameters.Momentum())
        {
            if (!state.Tensors.TryGetValue(parameter.Name, out SafetensorsTensor? tensor)
                || !tensor.Shape.SequenceEqual(StateDictionary.ShapeOf(parameter)))
            {
                throw new InvalidDataException(
                    $"{state.Path}: expected the momentum of {parameter}, found {tensor?.ToString() ?? "none"}");
            }

            session.Backend.Upload(tensor.ToDoubles(), momentum);
        }

        session.ContinueFrom(checked((uint)Step));
    }

    private static IEnumerable<SafetensorsTensor> Momentum(Session session) => session.Parameters.Momentum().Select(
        entry => StateDictionary.Exactly(
            entry.Parameter.Name, StateDictionary.ShapeOf(entry.Parameter), entry.Momentum, session.Backend));
}
