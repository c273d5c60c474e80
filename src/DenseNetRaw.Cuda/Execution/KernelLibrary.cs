using DenseNetRaw.Cuda.Kernels;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>
/// The kernels on one device: a source is compiled and loaded when the first of its kernels is wanted.
/// </summary>
/// <param name="context">Where they run.</param>
/// <param name="compiler">What compiles them.</param>
internal sealed class KernelLibrary(CudaContext context, KernelCompiler compiler) : IDisposable
{
    private readonly Dictionary<string, CudaModule> _modules = [];
    private readonly Dictionary<Key, CudaFunction> _functions = [];

    /// <summary>The kernel <c>name_A_B_C</c> of a source.</summary>
    /// <param name="source">The source's name without its ending.</param>
    /// <param name="name">The kernel's name without types.</param>
    /// <param name="a">What its first slice holds.</param>
    /// <param name="b">What its second holds, if there is one.</param>
    /// <param name="c">What its third holds, if there is one.</param>
    public CudaFunction Find(
        string source, string name, ElementType a = ElementType.None, ElementType b = ElementType.None,
        ElementType c = ElementType.None)
    {
        Key key = new(name, a, b, c);
        if (!_functions.TryGetValue(key, out CudaFunction? function))
        {
            function = Module(source).Function($"{name}{Suffix(a)}{Suffix(b)}{Suffix(c)}");
            _functions.Add(key, function);
        }

        return function;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (CudaModule module in _modules.Values)
        {
            module.Dispose();
        }
    }

    private static string Suffix(ElementType type) => type switch
    {
        ElementType.F32 => "_f32",
        ElementType.Bf16 => "_bf16",
        ElementType.F64 => "_f64",
        _ => string.Empty,
    };

    private CudaModule Module(string source)
    {
        if (!_modules.TryGetValue(source, out CudaModule? module))
        {
            KernelImage image = compiler.Compile($"{source}.cu", context.Device.ComputeCapability);
            module = CudaModule.Load(context, image.Bytes);
            _modules.Add(source, module);
        }

        return module;
    }

    private readonly record struct Key(string Name, ElementType A, ElementType B, ElementType C);
}
