using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// cuDNN's batch normalisation with ReLU, beside norm-relu and its backward. It takes the statistics too, so ours are
/// norm-relu and channel-statistics together, and so are their backwards. Where it refuses to fuse ReLU, as it does for
/// float32, it is timed without: beta is then so large that ReLU would change nothing.
/// </summary>
internal static class TimedCudnnNorms
{
    private const string Fused = "cudnn, with statistics", Plain = "cudnn, with statistics, no relu";

    /// <summary>More than deviations from the mean can amount to.</summary>
    private const float LargeBeta = 8;

    /// <summary>Fused, and plain.</summary>
    public static IReadOnlyList<TimedOperation> Forward { get; } = [NewForward(Fused, true), NewForward(Plain, false)];

    /// <summary>Likewise.</summary>
    public static IReadOnlyList<TimedOperation> Backward { get; } =
        [NewBackward(Fused, true), NewBackward(Plain, false)];

    private static TimedOperation NewForward(string name, bool hasRelu) => new(name, o =>
    {
        Tensor x = o.Whole(o.X, StorageRole.Scratch, OperandUse.Read);
        Tensor y = o.Whole(o.X, StorageRole.Scratch, OperandUse.Write);
        Normalisation norm = Norm(o, hasRelu);
        if (o.Backend is CudaBackend cuda)
        {
            CudnnNorm cudnn = o.Own(cuda.NewCudnnNorm(o.X, hasRelu));
            return () => Play(cudnn, x, norm, y);
        }

        return () => Play(o.Backend, x, norm, y);
    });

    private static TimedOperation NewBackward(string name, bool hasRelu) => new(name, o =>
    {
        Tensor x = o.Whole(o.X, StorageRole.Scratch, OperandUse.Read), y = o.Uncounted(o.X);
        Tensor dy = o.Whole(o.X, StorageRole.Scratch, OperandUse.Read);
        Tensor dx = o.Whole(o.X, StorageRole.Scratch, OperandUse.Write);
        Normalisation norm = Norm(o, hasRelu);
        Tensor dgamma = o.Whole(o.Vector, StorageRole.ParameterGradient, OperandUse.Write);
        Tensor dbeta = o.Whole(o.Vector, StorageRole.ParameterGradient, OperandUse.Write);
        if (o.Backend is CudaBackend cuda)
        {
            CudnnNorm cudnn = o.Own(cuda.NewCudnnNorm(o.X, hasRelu));
            Play(cudnn, x, norm, y);
            return () => cudnn.Backward(
                Address(x), Address(y), Address(dy), (Address(norm.Mean), Address(norm.Variance)),
                Address(norm.Gamma), Address(norm.Beta), norm.Epsilon, Address(dx), Address(dgamma), Address(dbeta));
        }

        Tensor dmean = o.Uncounted(o.Vector, StorageRole.ChannelVector);
        Tensor dvariance = o.Uncounted(o.Vector, StorageRole.ChannelVector);
        Normalisation dnorm = new(dmean, dvariance, dgamma, dbeta, norm.Epsilon);
        Play(o.Backend, x, norm, y);
        return () =>
        {
            o.Backend.NormReluBackward(x, norm, dy, dx, dnorm, new Grant(Stores: true));
            o.Backend.ChannelStatisticsBackward(x, norm.Mean, dmean, dvariance, dx);
        };
    });

    /// <summary>Statistics yet to be taken: cuDNN leaves the inverse deviation where we leave the variance.</summary>
    private static Normalisation Norm(OperationOperands o, bool hasRelu) => new(
        o.Uncounted(o.Vector, StorageRole.ChannelVector), o.Uncounted(o.Vector, StorageRole.ChannelVector),
        o.Whole(o.Vector, StorageRole.Parameter, OperandUse.Read, mean: 1, deviation: 0.5f),
        o.Whole(o.Vector, StorageRole.Parameter, OperandUse.Read, hasRelu ? 0 : LargeBeta, deviation: 0.5f), 1e-5);

    private static void Play(CudnnNorm cudnn, Tensor x, Normalisation norm, Tensor y) => cudnn.Forward(
        Address(x), Address(norm.Gamma), Address(norm.Beta), norm.Epsilon, Address(y),
        (Address(norm.Mean), Address(norm.Variance)));

    private static void Play(Backend backend, Tensor x, Normalisation norm, Tensor y)
    {
        backend.ChannelStatistics(x, norm.Mean, norm.Variance);
        backend.NormRelu(x, norm, y);
    }

    private static ulong Address(Tensor x) => (ulong)x.Storage.Address;
}
