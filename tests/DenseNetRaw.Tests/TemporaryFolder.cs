namespace DenseNetRaw.Tests;

/// <summary>A folder of a test's own, deleted with it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("densenet-test-").FullName;

    public void Dispose() => Directory.Delete(FullName, recursive: true);

    public string File(string name) => Path.Combine(FullName, name);
}
