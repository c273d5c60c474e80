using System.Runtime.InteropServices;

namespace DenseNetRaw.Cuda.Native;

/// <content>Convolution and its two gradients.</content>
internal static unsafe partial class CudnnApi
{
    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnGetConvolutionForwardAlgorithm_v7(
        CudnnHandle handle,
        TensorDescriptor x,
        FilterDescriptor w,
        ConvolutionDescriptor convolution,
        TensorDescriptor y,
        int requested,
        out int returned,
        CudnnAlgorithm* results);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnGetConvolutionForwardWorkspaceSize(
        CudnnHandle handle,
        TensorDescriptor x,
        FilterDescriptor w,
        ConvolutionDescriptor convolution,
        TensorDescriptor y,
        int algorithm,
        out nuint bytes);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnConvolutionForward(
        CudnnHandle handle,
        in float alpha,
        TensorDescriptor xDescriptor,
        ulong x,
        FilterDescriptor wDescriptor,
        ulong w,
        ConvolutionDescriptor convolution,
        int algorithm,
        ulong workspace,
        nuint workspaceBytes,
        in float beta,
        TensorDescriptor yDescriptor,
        ulong y);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnGetConvolutionBackwardDataAlgorithm_v7(
        CudnnHandle handle,
        FilterDescriptor w,
        TensorDescriptor dy,
        ConvolutionDescriptor convolution,
        TensorDescriptor dx,
        int requested,
        out int returned,
        CudnnAlgorithm* results);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnGetConvolutionBackwardDataWorkspaceSize(
        CudnnHandle handle,
        FilterDescriptor w,
        TensorDescriptor dy,
        ConvolutionDescriptor convolution,
        TensorDescriptor dx,
        int algorithm,
        out nuint bytes);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnConvolutionBackwardData(
        CudnnHandle handle,
        in float alpha,
        FilterDescriptor wDescriptor,
        ulong w,
        TensorDescriptor dyDescriptor,
        ulong dy,
        ConvolutionDescriptor convolution,
        int algorithm,
        ulong workspace,
        nuint workspaceBytes,
        in float beta,
        TensorDescriptor dxDescriptor,
        ulong dx);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnGetConvolutionBackwardFilterAlgorithm_v7(
        CudnnHandle handle,
        TensorDescriptor x,
        TensorDescriptor dy,
        ConvolutionDescriptor convolution,
        FilterDescriptor dw,
        int requested,
        out int returned,
        CudnnAlgorithm* results);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnGetConvolutionBackwardFilterWorkspaceSize(
        CudnnHandle handle,
        TensorDescriptor x,
        TensorDescriptor dy,
        ConvolutionDescriptor convolution,
        FilterDescriptor dw,
        int algorithm,
        out nuint bytes);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnConvolutionBackwardFilter(
        CudnnHandle handle,
        in float alpha,
        TensorDescriptor xDescriptor,
        ulong x,
        TensorDescriptor dyDescriptor,
        ulong dy,
        ConvolutionDescriptor convolution,
        int algorithm,
        ulong workspace,
        nuint workspaceBytes,
        in float beta,
        FilterDescriptor dwDescriptor,
        ulong dw);
}
