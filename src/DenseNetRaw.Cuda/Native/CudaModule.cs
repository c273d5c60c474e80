using System.Text;

namespace DenseNetRaw.Cuda.Native;

/// <summary>Compiled kernels in a context.</summary>
internal sealed unsafe class CudaModule : CudaResource
{
    private const int LogBytes = 16 * 1024;

    private CudaModule(CudaContext context, nint value)
        : base(context, value)
    {
    }

    /// <summary>Loads machine code (cubin) or PTX, which the driver then compiles.</summary>
    /// <param name="context">Where the kernels are to run.</param>
    /// <param name="image">A cubin, or PTX with or without its terminating zero.</param>
    /// <exception cref="CudaException">The driver refused; its log is in the message.</exception>
    public static CudaModule Load(CudaContext context, ReadOnlySpan<byte> image)
    {
        // PTX is a C string: the copy ends with a zero in any case.
        byte[] terminated = new byte[image.Length + 1];
        image.CopyTo(terminated);
        byte[] log = new byte[LogBytes];
        fixed (byte* data = terminated, logData = log)
        {
            JitOption* options = stackalloc[] { JitOption.ErrorLogBuffer, JitOption.ErrorLogBufferBytes };
            void** values = stackalloc void*[] { logData, (void*)LogBytes };
            CuResult result = DriverApi.cuModuleLoadDataEx(out nint module, data, 2, options, values);
            CudaException.ThrowIfFailed(result, TextOf(log), nameof(DriverApi.cuModuleLoadDataEx));
            return new CudaModule(context, module);
        }
    }

    /// <summary>A kernel of the module, which must outlive it.</summary>
    /// <exception cref="CudaException">The module has none of that name.</exception>
    public CudaFunction Function(string name)
    {
        CudaException.ThrowIfFailed(
            DriverApi.cuModuleGetFunction(out nint function, this, name), $"there is no kernel '{name}'");
        return new CudaFunction(name, function);
    }

    /// <inheritdoc/>
    protected override bool Free(nint value) => DriverApi.cuModuleUnload(value) == CuResult.Success;

    private static string TextOf(ReadOnlySpan<byte> log) => Encoding.UTF8.GetString(log[..log.IndexOf((byte)0)]);
}
