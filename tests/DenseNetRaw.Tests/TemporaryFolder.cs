namespace DenseNetRaw.Tests;

/// <summary>A folder of a test's own, deleted with it.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private const int MostAttempts = 100;

    public string FullName { get; } = Directory.CreateTempSubdirectory("densenet-test-").FullName;

    /// <summary>Deletes it, again and again where processes that are being killed still write into it.</summary>
    public void Dispose()
    {
        for (int attempt = 1; Directory.Exists(FullName); attempt++)
        {
            try
            {
                Directory.Delete(FullName, recursive: true);
            }
            catch (IOException) when (attempt < MostAttempts)
            {
                Thread.Sleep(attempt);
            }
        }
    }

    public string File(string name) => Path.Combine(FullName, name);
}
