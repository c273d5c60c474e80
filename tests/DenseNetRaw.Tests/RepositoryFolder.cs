namespace DenseNetRaw.Tests;

/// <summary>The root of the repository that the tests were built in.</summary>
internal static class RepositoryFolder
{
    /// <summary>The nearest folder above the tests that holds the solution.</summary>
    public static string Find()
    {
        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "DenseNetRaw.sln")))
        {
            folder = folder.Parent
                ?? throw new DirectoryNotFoundException("no folder above the tests holds DenseNetRaw.sln");
        }

        return folder.FullName;
    }
}
