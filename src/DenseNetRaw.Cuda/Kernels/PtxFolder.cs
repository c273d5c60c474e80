using System.Globalization;
using System.Text;

namespace DenseNetRaw.Cuda.Kernels;

/// <summary>
/// PTX of every kernel in a folder, from where the next build takes it into the assembly: NAME.compute_NN.ptx, each
/// beginning with the fingerprint of what it was made of. scripts/make-ptx.sh writes the same with nvcc.
/// </summary>
/// <param name="folder">Where the files lie; made when it is needed.</param>
internal sealed class PtxFolder(string folder)
{
    /// <summary>Turing, for every device; Ampere, for all since that have bf16.</summary>
    private static readonly int[] Architectures = [75, 80];

    /// <summary>Whether the folder has nothing but the PTX of these sources as they are now.</summary>
    public bool IsCurrent(KernelSources sources)
    {
        string[] expected = [.. Files(sources).Select(f => f.Path).Order(StringComparer.Ordinal)];
        return PresentFiles().Order(StringComparer.Ordinal).SequenceEqual(expected)
            && Files(sources).All(f => File.ReadLines(f.Path).FirstOrDefault() == FirstLine(sources, f.Source));
    }

    /// <summary>Compiles every source anew and takes away what else lies there.</summary>
    /// <returns>How many files there are.</returns>
    /// <exception cref="Native.CudaException">A source does not compile.</exception>
    /// <exception cref="NotSupportedException">The compiler, a stand-in, makes no PTX.</exception>
    public int Write(KernelSources sources, IKernelTranslator translator)
    {
        (string Path, string Source, int Architecture)[] files = [.. Files(sources)];
        string[] texts = [.. files.Select(
            f => FirstLine(sources, f.Source) + "\n" + Ptx(sources, translator, f.Source, f.Architecture))];
        Directory.CreateDirectory(folder);
        foreach (string left in PresentFiles().Except(files.Select(f => f.Path)))
        {
            File.Delete(left);
        }

        foreach ((string path, string text) in files.Select(f => f.Path).Zip(texts))
        {
            File.WriteAllText(path + ".new", text);
            File.Move(path + ".new", path, overwrite: true);
        }

        return files.Length;
    }

    private static string FirstLine(KernelSources sources, string source) =>
        KernelSources.FingerprintComment + sources.Fingerprint(source);

    private static string Ptx(KernelSources sources, IKernelTranslator translator, string source, int architecture)
    {
        string[] options =
        [
            string.Create(CultureInfo.InvariantCulture, $"--gpu-architecture=compute_{architecture}"), "--std=c++17",
        ];
        byte[] image = translator.Translate(source, sources[source], sources.Headers, options).Bytes;
        string text = Encoding.UTF8.GetString(image).TrimEnd('\0');
        return text.Contains(".entry", StringComparison.Ordinal)
            ? text
            : throw new NotSupportedException($"{translator.Identity} made no PTX of {source}");
    }

    private string[] PresentFiles() => Directory.Exists(folder) ? Directory.GetFiles(folder, "*.ptx") : [];

    private IEnumerable<(string Path, string Source, int Architecture)> Files(KernelSources sources) =>
        from source in sources.Names
        from architecture in Architectures
        let name = KernelSources.PtxName(source, architecture)
        select (Path.Combine(folder, name), source, architecture);
}
