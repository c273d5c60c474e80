using System.Runtime.InteropServices;
using DenseNetRaw.Cuda.Libraries;

namespace DenseNetRaw.Cuda.Native;

/// <summary>
/// cuDNN's functions for handles and descriptors, by the names that the library exports, alike in versions 8 and 9.
/// Those of convolution are called "legacy" since version 8 and are all there in version 9.
/// </summary>
internal static partial class CudnnApi
{
    private const string Library = "cudnn";

    static CudnnApi() => CudaLibraries.DirectBindings();

    [LibraryImport(Library)]
    internal static partial nuint cudnnGetVersion();

    [LibraryImport(Library)]
    internal static partial nuint cudnnGetCudartVersion();

    [LibraryImport(Library)]
    internal static partial nint cudnnGetErrorString(CudnnStatus status);

    /// <summary>Since version 9.</summary>
    [LibraryImport(Library)]
    internal static partial void cudnnGetLastErrorString(Span<byte> message, nuint bytes);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnCreate(out nint handle);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnDestroy(nint handle);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnSetStream(CudnnHandle handle, CudaStream stream);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnCreateTensorDescriptor(out nint descriptor);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnSetTensor4dDescriptorEx(
        TensorDescriptor descriptor,
        CudnnDataType type,
        int n,
        int c,
        int h,
        int w,
        int strideN,
        int strideC,
        int strideH,
        int strideW);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnDestroyTensorDescriptor(nint descriptor);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnCreateFilterDescriptor(out nint descriptor);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnSetFilter4dDescriptor(
        FilterDescriptor descriptor, CudnnDataType type, CudnnFormat format, int k, int c, int r, int s);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnDestroyFilterDescriptor(nint descriptor);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnCreateConvolutionDescriptor(out nint descriptor);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnSetConvolution2dDescriptor(
        ConvolutionDescriptor descriptor,
        int paddingH,
        int paddingW,
        int strideH,
        int strideW,
        int dilationH,
        int dilationW,
        int mode,
        CudnnDataType computeType);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnSetConvolutionMathType(ConvolutionDescriptor descriptor, CudnnMath math);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnSetConvolutionGroupCount(ConvolutionDescriptor descriptor, int groups);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnDestroyConvolutionDescriptor(nint descriptor);
}
