using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using DenseNetRaw.Cuda.Libraries;

namespace DenseNetRaw.Cuda.Native;

/// <summary>
/// A call of a CUDA library that failed: which one, with which code, and what the library says of it.
/// </summary>
public sealed class CudaException : Exception
{
    private const int LastErrorBytes = 1024;

    // CUDNN_STATUS_NOT_SUPPORTED of version 8; 9 has a thousand codes for it, by reason.
    private const int NotSupportedBy8 = 9, NotSupportedBy9 = 3000, Reasons = 1000;

    private CudaException(string function, int code, string text, string? log = null)
        : base($"{function} failed: {text} ({code.ToString(CultureInfo.InvariantCulture)})"
            + (string.IsNullOrWhiteSpace(log) ? string.Empty : $"{Environment.NewLine}{log.Trim()}"))
    {
        Function = function;
        Code = code;
    }

    /// <summary>The library's function, as it is called in C.</summary>
    public string Function { get; }

    /// <summary>The code that the function returned.</summary>
    public int Code { get; }

    /// <summary>Whether cuDNN said that it cannot do what was asked; its call then has done nothing.</summary>
    internal bool IsNotSupportedByCudnn =>
        Function.StartsWith("cudnn", StringComparison.Ordinal)
        && (Code == NotSupportedBy8 || (Code >= NotSupportedBy9 && Code < NotSupportedBy9 + Reasons));

    /// <summary>Throws unless a call of the driver succeeded.</summary>
    internal static void ThrowIfFailed(
        CuResult result, string? log = null, [CallerArgumentExpression(nameof(result))] string call = "")
    {
        if (result != CuResult.Success)
        {
            throw new CudaException(FunctionIn(call), (int)result, Describe(result), log);
        }
    }

    /// <summary>Throws unless a call of cuBLAS or cuBLASLt succeeded.</summary>
    internal static void ThrowIfFailed(
        CublasStatus status, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status != CublasStatus.Success)
        {
            throw new CudaException(FunctionIn(call), (int)status, status.ToString());
        }
    }

    /// <summary>Throws unless a call of cuDNN succeeded.</summary>
    internal static void ThrowIfFailed(
        CudnnStatus status, [CallerArgumentExpression(nameof(status))] string call = "")
    {
        if (status != CudnnStatus.Success)
        {
            string? text = Marshal.PtrToStringUTF8(CudnnApi.cudnnGetErrorString(status));
            throw new CudaException(FunctionIn(call), (int)status, text ?? "unknown error", LastCudnnError());
        }
    }

    /// <summary>Throws unless a call of NVRTC succeeded.</summary>
    /// <param name="result">What the call returned.</param>
    /// <param name="log">The compiler's messages.</param>
    /// <param name="call">The call's text.</param>
    internal static void ThrowIfFailed(
        NvrtcResult result, string? log = null, [CallerArgumentExpression(nameof(result))] string call = "")
    {
        if (result != NvrtcResult.Success)
        {
            string? text = Marshal.PtrToStringUTF8(NvrtcApi.nvrtcGetErrorString(result));
            throw new CudaException(FunctionIn(call), (int)result, text ?? "unknown error", log);
        }
    }

    /// <summary>
    /// The driver's name and words for a result; a stub library knows none, and no driver the codes of newer ones.
    /// </summary>
    private static string Describe(CuResult result)
    {
        string name = DriverApi.cuGetErrorName(result, out nint n) == CuResult.Success
            ? Marshal.PtrToStringUTF8(n) ?? string.Empty
            : string.Empty;
        string words = DriverApi.cuGetErrorString(result, out nint w) == CuResult.Success
            ? Marshal.PtrToStringUTF8(w) ?? string.Empty
            : string.Empty;
        return (name, words) switch
        {
            ("", "") => "unknown error",
            (_, "") => name,
            ("", _) => words,
            _ => $"{name}, {words}",
        };
    }

    /// <summary>The longer message that cuDNN 9 keeps.</summary>
    private static string? LastCudnnError()
    {
        if (!CudaLibraries.Has(CudaLibrary.Cudnn, nameof(CudnnApi.cudnnGetLastErrorString)))
        {
            return null;
        }

        Span<byte> message = stackalloc byte[LastErrorBytes];
        CudnnApi.cudnnGetLastErrorString(message, (nuint)message.Length);
        return Encoding.UTF8.GetString(message[..message.IndexOf((byte)0)]);
    }

    /// <summary>The name of the function in the text of its call.</summary>
    private static string FunctionIn(string call)
    {
        string path = call.Split('(')[0];
        return path[(path.LastIndexOf('.') + 1)..].Trim();
    }
}
