using System.Reflection;

namespace DenseNetRaw.Cli;

/// <summary>The version that was built, and the commit of the checkout, which the SDK adds: "version+commit".</summary>
internal static class BuildVersion
{
    private static readonly string[] Parts = typeof(BuildVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+', 2);

    /// <summary>The version.</summary>
    public static string Number => Parts[0];

    /// <summary>The commit, or null where it was not built in a checkout.</summary>
    public static string? Commit => Parts.Length > 1 ? Parts[1] : null;
}
