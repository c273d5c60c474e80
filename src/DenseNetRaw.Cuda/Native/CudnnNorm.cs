namespace DenseNetRaw.Cuda.Native;

/// <summary>
/// cuDNN's own batch normalisation of packed features [N, H, W, C], statistics included, with ReLU where
/// <paramref name="hasRelu"/> says so: what benchmarks put beside the own kernels, and nothing else uses. A
/// <see cref="CudaException"/> says that a version does not do it, an <see cref="EntryPointNotFoundException"/> that it
/// lacks the functions.
/// </summary>
/// <param name="context">Where it works.</param>
/// <param name="handle">The library.</param>
/// <param name="type">What features and gradients are; vectors are float32.</param>
/// <param name="extents">Of the features.</param>
/// <param name="hasRelu">Whether ReLU follows, in the same kernels.</param>
internal sealed class CudnnNorm(
    CudaContext context, CudnnHandle handle, CudnnDataType type, (int N, int C, int H, int W) extents, bool hasRelu)
    : IDisposable
{
    // CUDNN_BATCHNORM_SPATIAL_PERSISTENT, the mode with kernels for channels that lie last, and
    // CUDNN_BATCHNORM_OPS_BN_ACTIVATION.
    private const int Mode = 2;
    private const int NormAndActivation = 1;

    private readonly TensorDescriptor _x = TensorDescriptor.Nhwc(
        context, type, extents.N, extents.C, extents.H, extents.W, extents.C);
    private readonly TensorDescriptor _vector = TensorDescriptor.Nhwc(
        context, CudnnDataType.Float32, 1, extents.C, 1, 1, extents.C);
    private readonly ActivationDescriptor _relu = ActivationDescriptor.Create(context);
    private DeviceMemory? _workspace, _reserve;

    /// <summary>
    /// mean and inverse deviation of x, and y = gamma · (x − mean) · inverse + beta, at least 0 with ReLU.
    /// </summary>
    public void Forward(
        ulong x, ulong gamma, ulong beta, double epsilon, ulong y, (ulong Mean, ulong Inverse) statistics)
    {
        Prepare();
        CudaException.ThrowIfFailed(hasRelu
            ? CudnnApi.cudnnBatchNormalizationForwardTrainingEx(
                handle, Mode, NormAndActivation, 1f, 0f, _x, x, 0, 0, _x, y, _vector, gamma, beta, 0, 0, 0, epsilon,
                statistics.Mean, statistics.Inverse, _relu, _workspace!.Address, (nuint)_workspace.Bytes,
                _reserve!.Address, (nuint)_reserve.Bytes)
            : CudnnApi.cudnnBatchNormalizationForwardTraining(
                handle, Mode, 1f, 0f, _x, x, _x, y, _vector, gamma, beta, 0, 0, 0, epsilon, statistics.Mean,
                statistics.Inverse));
    }

    /// <summary>dx, dgamma and dbeta, stored, with what <see cref="Forward"/> left.</summary>
    public void Backward(
        ulong x, ulong y, ulong dy, (ulong Mean, ulong Inverse) statistics, ulong gamma, ulong beta, double epsilon,
        ulong dx, ulong dgamma, ulong dbeta)
    {
        Prepare();
        CudaException.ThrowIfFailed(hasRelu
            ? CudnnApi.cudnnBatchNormalizationBackwardEx(
                handle, Mode, NormAndActivation, 1f, 0f, 1f, 0f, _x, x, _x, y, _x, dy, 0, 0, _x, dx, _vector, gamma,
                beta, dgamma, dbeta, epsilon, statistics.Mean, statistics.Inverse, _relu, _workspace!.Address,
                (nuint)_workspace.Bytes, _reserve!.Address, (nuint)_reserve.Bytes)
            : CudnnApi.cudnnBatchNormalizationBackward(
                handle, Mode, 1f, 0f, 1f, 0f, _x, x, _x, dy, _x, dx, _vector, gamma, dgamma, dbeta, epsilon,
                statistics.Mean, statistics.Inverse));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reserve?.Dispose();
        _workspace?.Dispose();
        _relu.Dispose();
        _vector.Dispose();
        _x.Dispose();
    }

    /// <summary>What the fused forms want: a workspace for either pass, and what forward leaves for backward.</summary>
    private void Prepare()
    {
        if (_workspace is not null)
            return;
        CudaException.ThrowIfFailed(CudnnApi.cudnnDeriveBNTensorDescriptor(_vector, _x, Mode));
        nuint forward = 0, backward = 0, reserve = 0;
        if (hasRelu)
        {
            CudaException.ThrowIfFailed(CudnnApi.cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize(
                handle, Mode, NormAndActivation, _x, 0, _x, _vector, _relu, out forward));
            CudaException.ThrowIfFailed(CudnnApi.cudnnGetBatchNormalizationBackwardExWorkspaceSize(
                handle, Mode, NormAndActivation, _x, _x, _x, 0, _x, _vector, _relu, out backward));
            CudaException.ThrowIfFailed(CudnnApi.cudnnGetBatchNormalizationTrainingExReserveSpaceSize(
                handle, Mode, NormAndActivation, _relu, _x, out reserve));
        }

        _reserve = DeviceMemory.Allocate(context, Math.Max(1, (long)reserve));
        _workspace = DeviceMemory.Allocate(context, Math.Max(1, (long)Math.Max(forward, backward)));
    }
}
