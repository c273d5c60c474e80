using NUnit.Framework;

namespace DenseNetRaw.Tests;

/// <summary>
/// The folder <c>shared</c> beside the repository: real images and reference runs that are no part of the project.
/// </summary>
public static class SharedFolder
{
    /// <summary>The nearest <c>shared</c> beside a folder above the tests; null where there is none.</summary>
    public static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared");
            if (File.Exists(Path.Combine(candidate, "design.md")))
                return candidate;
        }

        return null;
    }

    /// <summary>A path in it; the test that asks is ignored, with the reason, where it is absent.</summary>
    public static string Require(params string[] parts)
    {
        string? shared = Find();
        string wanted = Path.Combine(parts);
        if (shared is null || !Path.Exists(Path.Combine(shared, wanted)))
            Assert.Ignore($"shared/{wanted} does not lie beside this clone.");
        return Path.Combine(shared!, wanted);
    }
}
