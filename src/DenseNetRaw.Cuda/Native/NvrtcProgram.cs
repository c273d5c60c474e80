using System.Runtime.InteropServices;
using System.Text;

namespace DenseNetRaw.Cuda.Native;

/// <summary>A source file inside NVRTC.</summary>
internal sealed class NvrtcProgram : SafeHandle
{
    private NvrtcProgram(nint value)
        : base(0, ownsHandle: true) => SetHandle(value);

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Reads a source.</summary>
    /// <param name="name">Its file name, for messages.</param>
    /// <param name="source">Its text.</param>
    /// <param name="headers">Everything that it may include, by name.</param>
    public static NvrtcProgram Create(string name, string source, IReadOnlyDictionary<string, string> headers)
    {
        CudaException.ThrowIfFailed(NvrtcApi.nvrtcCreateProgram(
            out nint value, source, name, headers.Count, [.. headers.Values], [.. headers.Keys]));
        return new NvrtcProgram(value);
    }

    /// <summary>Compiles it.</summary>
    /// <returns>What the compiler said: warnings, and whatever the options ask for.</returns>
    /// <exception cref="CudaException">It does not compile; the compiler's messages are in the message.</exception>
    public string Compile(IReadOnlyList<string> options)
    {
        NvrtcResult result = NvrtcApi.nvrtcCompileProgram(this, options.Count, [.. options]);
        string log = Log();
        CudaException.ThrowIfFailed(result, log, nameof(NvrtcApi.nvrtcCompileProgram));
        return log;
    }

    /// <summary>The machine code, where the options named a device (sm_90).</summary>
    public byte[] Cubin()
    {
        CudaException.ThrowIfFailed(NvrtcApi.nvrtcGetCUBINSize(this, out nuint bytes));
        byte[] image = new byte[bytes];
        CudaException.ThrowIfFailed(NvrtcApi.nvrtcGetCUBIN(this, image));
        return image;
    }

    /// <summary>The PTX, with its terminating zero.</summary>
    public byte[] Ptx()
    {
        CudaException.ThrowIfFailed(NvrtcApi.nvrtcGetPTXSize(this, out nuint bytes));
        byte[] image = new byte[bytes];
        CudaException.ThrowIfFailed(NvrtcApi.nvrtcGetPTX(this, image));
        return image;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => NvrtcApi.nvrtcDestroyProgram(ref handle) == NvrtcResult.Success;

    private string Log()
    {
        CudaException.ThrowIfFailed(NvrtcApi.nvrtcGetProgramLogSize(this, out nuint bytes));
        byte[] log = new byte[bytes];
        CudaException.ThrowIfFailed(NvrtcApi.nvrtcGetProgramLog(this, log));
        return Encoding.UTF8.GetString(log).TrimEnd('\0');
    }
}
