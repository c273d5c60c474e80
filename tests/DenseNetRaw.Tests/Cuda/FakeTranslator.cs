using System.Text;
using DenseNetRaw.Cuda.Kernels;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>A compiler whose images are the text of what it was given.</summary>
internal sealed class FakeTranslator : IKernelTranslator
{
    public string Version => "Fake 1.0";

    public string Identity { get; init; } = "Fake 1.0 in memory";

    public IReadOnlyList<int> Architectures { get; init; } = [75, 80, 90];

    public int Calls { get; private set; }

    public KernelImage Translate(
        string name, string source, IReadOnlyDictionary<string, string> headers, IReadOnlyList<string> options)
    {
        Calls++;
        string text = string.Join('|', [name, source, .. headers.Values, .. options]);
        return new KernelImage(Encoding.UTF8.GetBytes(text), KernelOrigin.Compiled, "log");
    }
}
