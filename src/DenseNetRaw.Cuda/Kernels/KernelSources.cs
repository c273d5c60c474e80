using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace DenseNetRaw.Cuda.Kernels;

/// <summary>The kernels' sources and headers, and the PTX that was made of them when the assembly was built.</summary>
/// <param name="files">Texts by file name: *.cu, *.cuh and *.compute_NN.ptx.</param>
internal sealed class KernelSources(IReadOnlyDictionary<string, string> files)
{
    private const string Prefix = "kernels/";
    private const string PtxArchitecture = ".compute_";

    // Megabytes of text, wanted again by every backend.
    private static readonly Lazy<KernelSources> InThisAssembly = new(ReadEmbedded);

    /// <summary>The comment with which embedded PTX begins; then comes the fingerprint of its source.</summary>
    public const string FingerprintComment = "// made of ";

    /// <summary>The files *.cu in order of their names.</summary>
    public IReadOnlyList<string> Names { get; } = [.. Ending(files, ".cu").Keys];

    /// <summary>The files *.cuh, any of which a source may include.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; } = Ending(files, ".cuh");

    /// <summary>Whether every source has PTX of its present state, for the newest devices at least.</summary>
    public bool HasPtx => Names.All(name => Ptx(name, int.MaxValue) is not null);

    /// <summary>The text of a source.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public string this[string name] => files.TryGetValue(name, out string? text)
        ? text
        : throw new ArgumentException($"there is no kernel source '{name}'; there are {string.Join(", ", Names)}");

    /// <summary>What lies in this assembly.</summary>
    public static KernelSources Embedded() => InThisAssembly.Value;

    /// <summary>What the PTX of a source is called: <c>NAME.compute_NN.ptx</c>.</summary>
    /// <param name="name">The source's file name.</param>
    /// <param name="architecture">The compute capability as a number.</param>
    public static string PtxName(string name, int architecture) => string.Create(
        CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(name)}{PtxArchitecture}{architecture}.ptx");

    /// <summary>
    /// SHA-256 of all headers in order of their names, followed by the source:
    /// <c>cat kernels/*.cuh kernels/NAME | sha256sum</c>.
    /// </summary>
    public string Fingerprint(string name)
    {
        string all = string.Concat(Headers.Values) + this[name];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    /// <summary>
    /// The embedded PTX of a source for the newest architecture that a device runs; null where there is none, or only
    /// PTX of an older state of the source.
    /// </summary>
    /// <param name="name">The source's file name.</param>
    /// <param name="newest">The device's compute capability as a number.</param>
    public string? Ptx(string name, int newest)
    {
        string first = FingerprintComment + Fingerprint(name);
        string stem = Path.GetFileNameWithoutExtension(name) + PtxArchitecture;
        return Ending(files, ".ptx")
            .Where(f => f.Key.StartsWith(stem, StringComparison.Ordinal))
            .Select(f => (Architecture: ArchitectureIn(f.Key, stem), Text: f.Value))
            .Where(f => f.Architecture <= newest && f.Text.StartsWith(first, StringComparison.Ordinal))
            .OrderByDescending(f => f.Architecture)
            .Select(f => f.Text)
            .FirstOrDefault();
    }

    private static KernelSources ReadEmbedded()
    {
        Dictionary<string, string> files = [];
        foreach (string resource in typeof(KernelSources).Assembly.GetManifestResourceNames())
        {
            if (resource.StartsWith(Prefix, StringComparison.Ordinal))
            {
                using Stream stream = typeof(KernelSources).Assembly.GetManifestResourceStream(resource)!;
                using StreamReader reader = new(stream, Encoding.UTF8);
                files[resource[Prefix.Length..]] = reader.ReadToEnd();
            }
        }

        return new KernelSources(files);
    }

    private static int ArchitectureIn(string name, string stem) =>
        int.Parse(Path.GetFileNameWithoutExtension(name)[stem.Length..], CultureInfo.InvariantCulture);

    private static SortedDictionary<string, string> Ending(IReadOnlyDictionary<string, string> files, string ending)
    {
        SortedDictionary<string, string> chosen = new(StringComparer.Ordinal);
        foreach ((string name, string text) in files)
        {
            if (name.EndsWith(ending, StringComparison.Ordinal))
            {
                chosen[name] = text;
            }
        }

        return chosen;
    }
}
