namespace DenseNetRaw.Tests.Cli.Report;

/// <summary>Run folders that the command left when it trained on the embedded data set for half a minute.</summary>
internal static class StoredRun
{
    /// <summary>Eight epochs were asked for, 400 steps played: six epochs ended.</summary>
    public static string Slab => Folder("slab");

    /// <summary>150 steps with slab-minimal and a cosine; its step was not timed.</summary>
    public static string Minimal => Folder("minimal");

    /// <summary>Copies one under a name, to be changed.</summary>
    public static string CopyTo(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (string file in Directory.GetFiles(source))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        return target;
    }

    private static string Folder(string name) => Path.Combine(
        RepositoryFolder.Find(), "tests", "DenseNetRaw.Tests", "Cli", "Report", "Runs", name);
}
