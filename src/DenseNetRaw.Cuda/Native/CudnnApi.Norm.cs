using System.Runtime.InteropServices;

namespace DenseNetRaw.Cuda.Native;

/// <content>
/// Batch normalisation in training, which benchmarks put beside the own kernels. The functions that end in Ex have ReLU
/// fused, of half-wide elements alone; z, which they could add before it, is never there.
/// </content>
internal static partial class CudnnApi
{
    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnCreateActivationDescriptor(out nint descriptor);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnSetActivationDescriptor(
        ActivationDescriptor descriptor, int mode, int nanPropagation, double coefficient);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnDestroyActivationDescriptor(nint descriptor);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnDeriveBNTensorDescriptor(
        TensorDescriptor vector, TensorDescriptor x, int mode);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize(
        CudnnHandle handle,
        int mode,
        int operations,
        TensorDescriptor x,
        nint z,
        TensorDescriptor y,
        TensorDescriptor vector,
        ActivationDescriptor activation,
        out nuint bytes);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnGetBatchNormalizationBackwardExWorkspaceSize(
        CudnnHandle handle,
        int mode,
        int operations,
        TensorDescriptor x,
        TensorDescriptor y,
        TensorDescriptor dy,
        nint dz,
        TensorDescriptor dx,
        TensorDescriptor vector,
        ActivationDescriptor activation,
        out nuint bytes);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnGetBatchNormalizationTrainingExReserveSpaceSize(
        CudnnHandle handle,
        int mode,
        int operations,
        ActivationDescriptor activation,
        TensorDescriptor x,
        out nuint bytes);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnBatchNormalizationForwardTraining(
        CudnnHandle handle,
        int mode,
        in float alpha,
        in float beta,
        TensorDescriptor xDescriptor,
        ulong x,
        TensorDescriptor yDescriptor,
        ulong y,
        TensorDescriptor vector,
        ulong scale,
        ulong bias,
        double runningShare,
        ulong runningMean,
        ulong runningVariance,
        double epsilon,
        ulong mean,
        ulong inverseDeviation);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnBatchNormalizationForwardTrainingEx(
        CudnnHandle handle,
        int mode,
        int operations,
        in float alpha,
        in float beta,
        TensorDescriptor xDescriptor,
        ulong x,
        nint zDescriptor,
        ulong z,
        TensorDescriptor yDescriptor,
        ulong y,
        TensorDescriptor vector,
        ulong scale,
        ulong bias,
        double runningShare,
        ulong runningMean,
        ulong runningVariance,
        double epsilon,
        ulong mean,
        ulong inverseDeviation,
        ActivationDescriptor activation,
        ulong workspace,
        nuint workspaceBytes,
        ulong reserve,
        nuint reserveBytes);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnBatchNormalizationBackward(
        CudnnHandle handle,
        int mode,
        in float alphaOfData,
        in float betaOfData,
        in float alphaOfParameters,
        in float betaOfParameters,
        TensorDescriptor xDescriptor,
        ulong x,
        TensorDescriptor dyDescriptor,
        ulong dy,
        TensorDescriptor dxDescriptor,
        ulong dx,
        TensorDescriptor vector,
        ulong scale,
        ulong dscale,
        ulong dbias,
        double epsilon,
        ulong mean,
        ulong inverseDeviation);

    [LibraryImport(Library)]
    internal static partial CudnnStatus cudnnBatchNormalizationBackwardEx(
        CudnnHandle handle,
        int mode,
        int operations,
        in float alphaOfData,
        in float betaOfData,
        in float alphaOfParameters,
        in float betaOfParameters,
        TensorDescriptor xDescriptor,
        ulong x,
        TensorDescriptor yDescriptor,
        ulong y,
        TensorDescriptor dyDescriptor,
        ulong dy,
        nint dzDescriptor,
        ulong dz,
        TensorDescriptor dxDescriptor,
        ulong dx,
        TensorDescriptor vector,
        ulong scale,
        ulong bias,
        ulong dscale,
        ulong dbias,
        double epsilon,
        ulong mean,
        ulong inverseDeviation,
        ActivationDescriptor activation,
        ulong workspace,
        nuint workspaceBytes,
        ulong reserve,
        nuint reserveBytes);
}
