using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Kernels;

/// <summary>
/// Makes of a kernel's source what a device runs: from the cache, else with the compiler, else from the PTX that was
/// embedded when the assembly was built.
/// </summary>
/// <param name="sources">The kernels.</param>
/// <param name="translator">The compiler; null where there is none.</param>
/// <param name="cache">What earlier runs compiled.</param>
internal sealed class KernelCompiler(KernelSources sources, IKernelTranslator? translator, KernelCache cache)
{
    // Part of the key: changes when the same key would mean something else.
    private const string CacheVersion = "1";

    /// <summary>
    /// The compiler of this process: NVRTC where it is found, the cache of this user, the sources inside.
    /// </summary>
    public static KernelCompiler Default() => new(
        KernelSources.Embedded(),
        CudaLibraries.Of(CudaLibrary.Nvrtc).IsFound ? new NvrtcTranslator() : null,
        KernelCache.Default(Environment.GetEnvironmentVariable));

    /// <summary>The compiled form of a source.</summary>
    /// <param name="name">The source's file name.</param>
    /// <param name="device">What is to run it.</param>
    /// <param name="options">Options of NVRTC besides architecture and language, as <c>-DNAME=1</c>.</param>
    /// <exception cref="CudaException">It does not compile; the compiler's messages are in the message.</exception>
    /// <exception cref="NotSupportedException">There is nothing to compile it with, or not for that device.</exception>
    public KernelImage Compile(string name, ComputeCapability device, params ReadOnlySpan<string> options)
    {
        if (translator is null)
        {
            return Embedded(name, device);
        }

        string[] all = [ArchitectureOption(device), "--std=c++17", .. options];
        string key = KeyOf(name, all);
        if (cache.Read(key) is { } cached)
        {
            return cached;
        }

        KernelImage image = translator.Translate(name, sources[name], sources.Headers, all);
        cache.Write(key, image);
        return image;
    }

    private KernelImage Embedded(string name, ComputeCapability device) =>
        sources.Ptx(name, device.Number) is { } ptx
            ? new KernelImage(Encoding.UTF8.GetBytes(ptx), KernelOrigin.Embedded, string.Empty)
            : throw new NotSupportedException(
                $"the kernels of {name} cannot be compiled: {CudaLibraries.Of(CudaLibrary.Nvrtc).WhyMissing}");

    /// <summary>
    /// Machine code of the very device where the compiler knows it; else PTX of the newest older one, which the driver
    /// finishes.
    /// </summary>
    private string ArchitectureOption(ComputeCapability device)
    {
        IReadOnlyList<int> known = translator!.Architectures;
        int newest = known.Where(a => a <= device.Number).DefaultIfEmpty(0).Max();
        string kind = newest == device.Number ? "sm" : "compute";
        return newest > 0
            ? string.Create(CultureInfo.InvariantCulture, $"--gpu-architecture={kind}_{newest}")
            : throw new NotSupportedException(
                $"{translator.Version} compiles for compute capability {known.Min() / 10.0:0.0} and newer, "
                + $"this device has {device}");
    }

    /// <summary>SHA-256 of everything that the result depends on, each part with its length before it.</summary>
    private string KeyOf(string name, IReadOnlyList<string> options)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        IEnumerable<string> headers = sources.Headers.SelectMany(h => new[] { h.Key, h.Value });
        foreach (string part in
            (string[])[CacheVersion, translator!.Identity, name, sources[name], .. headers, .. options])
        {
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
