using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda;
using DenseNetRaw.Data;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// Every operation, on the operands that it has in a DenseNet-BC: features are runs of channels of a block's storage,
/// what lives for a call or two is packed.
/// </summary>
internal static class TimedOperations
{
    private const StorageRole Packed = StorageRole.Scratch;
    private const double DropRate = 0.2;
    private const int Classes = 10;
    private static readonly Window Halves = new(2, 2, 2);
    private static readonly Window Overlapping = new(3, 3, 2, 1);

    /// <summary>The operations, convolutions last.</summary>
    public static IReadOnlyList<TimedOperation> All { get; } =
    [
        new(TimedOperation.PlainCopy, o =>
        {
            Tensor x = o.Whole(o.X, Packed, OperandUse.Read), y = o.Slice(OperandUse.Write);
            return () => o.Backend.Copy(x, y);
        }),
        new("fill", o =>
        {
            Tensor y = o.Slice(OperandUse.Write);
            return () => o.Backend.Fill(1, y);
        }),
        new("accumulate", o =>
        {
            Tensor x = o.Whole(o.X, Packed, OperandUse.Read), y = o.GradientSlice();
            Grant grant = o.Grant(0);
            return () => o.Backend.Accumulate(x, y, grant);
        }),
        new("add", o =>
        {
            Tensor a = o.Slice(OperandUse.Read), b = o.Slice(OperandUse.Read), y = o.Slice(OperandUse.Write);
            return () => o.Backend.Add(a, b, y);
        }),
        new("scale", o =>
        {
            Tensor x = o.Slice(OperandUse.Read), s = Half(o), y = o.Slice(OperandUse.Write);
            return () => o.Backend.Scale(x, s, y);
        }),
        new("accumulate-scaled", o =>
        {
            Tensor x = o.Slice(OperandUse.Read), s = Half(o), y = o.GradientSlice();
            Grant grant = o.Grant(0);
            return () => o.Backend.AccumulateScaled(x, s, y, grant);
        }),
        new("add-relu", o =>
        {
            Tensor a = o.Slice(OperandUse.Read), b = o.Slice(OperandUse.Read), y = o.Slice(OperandUse.Write);
            return () => o.Backend.AddRelu(a, b, y);
        }),
        new("relu-backward", o =>
        {
            Tensor y = o.Slice(OperandUse.Read), dy = o.Slice(OperandUse.Read), dx = o.GradientSlice();
            Grant grant = o.Grant(0);
            return () => o.Backend.ReluBackward(y, dy, dx, grant);
        }),
        new("draw-gates", o =>
        {
            Tensor gates = o.Whole(o.Vector, StorageRole.ChannelVector, OperandUse.Write);
            return () => o.Backend.DrawGates(0.5, gates);
        }),
        new("multiply", o =>
        {
            Tensor a = o.Slice(OperandUse.Read), b = o.Slice(OperandUse.Read), y = o.Slice(OperandUse.Write);
            return () => o.Backend.Multiply(a, b, y);
        }),
        new("multiply-backward", o =>
        {
            Tensor dy = o.Slice(OperandUse.Read), b = o.Slice(OperandUse.Read), da = o.GradientSlice();
            Grant grant = o.Grant(0);
            return () => o.Backend.MultiplyBackward(dy, b, da, grant);
        }),
        new("bias", o =>
        {
            Tensor x = o.Slice(OperandUse.Read), b = o.Whole(o.Vector, StorageRole.Parameter, OperandUse.Read);
            Tensor y = o.Slice(OperandUse.Write);
            return () => o.Backend.Bias(x, b, y);
        }),
        new("bias-backward", o =>
        {
            Tensor dy = o.Slice(OperandUse.Read);
            Tensor db = o.Whole(o.Vector, StorageRole.ParameterGradient, OperandUse.Update);
            Grant grant = o.Grant(o.Backend.ReductionBytes(dy.Shape), isStored: false);
            return () => o.Backend.BiasBackward(dy, db, grant);
        }),
        new("channel-statistics", o =>
        {
            Tensor x = o.Slice(OperandUse.Read);
            Tensor mean = o.Whole(o.Vector, StorageRole.ChannelVector, OperandUse.Write);
            Tensor variance = o.Whole(o.Vector, StorageRole.ChannelVector, OperandUse.Write);
            Grant grant = o.Grant(o.Backend.ReductionBytes(x.Shape), isStored: false);
            return () => o.Backend.ChannelStatistics(x, mean, variance, grant);
        }),
        new("channel-statistics-backward", o =>
        {
            Tensor x = o.Slice(OperandUse.Read), dx = o.GradientSlice();
            Tensor mean = o.Whole(o.Vector, StorageRole.ChannelVector, OperandUse.Read);
            Tensor dmean = o.Whole(o.Vector, StorageRole.ChannelVector, OperandUse.Read);
            Tensor dvariance = o.Whole(o.Vector, StorageRole.ChannelVector, OperandUse.Read);
            Grant grant = o.Grant(0);
            return () => o.Backend.ChannelStatisticsBackward(x, mean, dmean, dvariance, dx, grant);
        }),
        new("norm-relu", o =>
        {
            Tensor x = o.Slice(OperandUse.Read), y = o.Whole(o.X, Packed, OperandUse.Write);
            Normalisation norm = o.Norm();
            return () => o.Backend.NormRelu(x, norm, y);
        })
        {
            Peers = TimedCudnnNorms.Forward,
        },
        new("norm-relu-backward", o =>
        {
            Tensor x = o.Slice(OperandUse.Read), dx = o.GradientSlice();
            Tensor dy = o.Whole(o.X, Packed, OperandUse.Read);
            Normalisation norm = o.Norm(), dnorm = o.NormGradient();
            Grant grant = o.Grant(o.Backend.ReductionBytes(x.Shape));
            return () => o.Backend.NormReluBackward(x, norm, dy, dx, dnorm, grant);
        })
        {
            Peers = TimedCudnnNorms.Backward,
        },
        new("norm", o =>
        {
            Tensor x = o.Slice(OperandUse.Read), y = o.Whole(o.X, Packed, OperandUse.Write);
            Normalisation norm = o.Norm();
            return () => o.Backend.Norm(x, norm, y);
        }),
        new("norm-backward", o =>
        {
            Tensor x = o.Slice(OperandUse.Read), dx = o.GradientSlice();
            Tensor dy = o.Whole(o.X, Packed, OperandUse.Read);
            Normalisation norm = o.Norm(), dnorm = o.NormGradient();
            Grant grant = o.Grant(o.Backend.ReductionBytes(x.Shape));
            return () => o.Backend.NormBackward(x, norm, dy, dx, dnorm, grant);
        }),
        new("move-running-statistics", o =>
        {
            Tensor mean = o.Whole(o.Vector, StorageRole.ChannelVector, OperandUse.Read);
            Tensor variance = o.Whole(o.Vector, StorageRole.ChannelVector, OperandUse.Read, 1, 0.5f);
            Tensor runningMean = o.Whole(o.Vector, StorageRole.RunningStatistics, OperandUse.Update);
            Tensor runningVariance = o.Whole(o.Vector, StorageRole.RunningStatistics, OperandUse.Update, 1, 0.5f);
            long count = (long)o.X.N * o.X.Plane;
            return () => o.Backend.MoveRunningStatistics(
                mean, variance, count, 0.1, gate: null, runningMean, runningVariance);
        }),
        new("dropout", o =>
        {
            Tensor x = o.Whole(o.X, Packed, OperandUse.Read), y = o.Slice(OperandUse.Write);
            return () => o.Backend.Dropout(x, DropRate, ordinal: 1, y);
        }),
        new("dropout-backward", o =>
        {
            Tensor dy = o.Whole(o.X, Packed, OperandUse.Read), dx = o.GradientSlice();
            Grant grant = o.Grant(0);
            return () => o.Backend.DropoutBackward(dy, DropRate, ordinal: 1, dx, grant);
        }),
        AveragePool("average-pool", _ => Halves),
        AveragePoolBackward("average-pool-backward", _ => Halves),
        AveragePool("average-pool-global", x => new Window(x.H, x.W)),
        AveragePoolBackward("average-pool-global-backward", x => new Window(x.H, x.W)),
        new("norm-relu-average-pool", o =>
        {
            Tensor x = o.Slice(OperandUse.Read), y = o.Whole(Halves.Over(o.X, o.X.C), Packed, OperandUse.Write);
            Normalisation norm = o.Norm();
            if (PooledBytes(o) is { } workspaceBytes)
            {
                Grant grant = o.Grant(workspaceBytes, isStored: false);
                return () => o.Backend.NormReluAveragePool(x, norm, Halves, y, grant);
            }

            Tensor normalised = o.Uncounted(o.X);
            return () =>
            {
                o.Backend.NormRelu(x, norm, normalised);
                o.Backend.AveragePool(normalised, Halves, y);
            };
        })
        {
            IsOneCall = PoolsNormRelu,
        },
        new("norm-relu-average-pool-backward", o =>
        {
            Tensor x = o.Slice(OperandUse.Read), dx = o.GradientSlice();
            Tensor dy = o.Whole(Halves.Over(o.X, o.X.C), Packed, OperandUse.Read);
            Normalisation norm = o.Norm(), dnorm = o.NormGradient();
            Grant grant = o.Grant(PooledBytes(o) ?? o.Backend.ReductionBytes(x.Shape));
            if (PoolsNormRelu(o.Backend, o.X))
                return () => o.Backend.NormReluAveragePoolBackward(x, norm, Halves, dy, dx, dnorm, grant);
            Tensor dnormalised = o.Uncounted(o.X);
            Grant stored = new(Stores: true);
            return () =>
            {
                o.Backend.AveragePoolBackward(dy, Halves, dnormalised, stored);
                o.Backend.NormReluBackward(x, norm, dnormalised, dx, dnorm, grant);
            };
        })
        {
            IsOneCall = PoolsNormRelu,
        },
        new("max-pool", o =>
        {
            Tensor x = o.Slice(OperandUse.Read);
            Tensor y = o.Whole(Overlapping.Over(o.X, o.X.C), Packed, OperandUse.Write);
            return () => o.Backend.MaxPool(x, Overlapping, y);
        }),
        new("max-pool-backward", o =>
        {
            Tensor x = o.Slice(OperandUse.Read), dx = o.GradientSlice();
            Tensor dy = o.Whole(Overlapping.Over(o.X, o.X.C), Packed, OperandUse.Read);
            Grant grant = o.Grant(0);
            return () => o.Backend.MaxPoolBackward(x, dy, Overlapping, dx, grant);
        }),
        new("softmax-cross-entropy", o =>
        {
            Shape shape = o.X with { H = 1, W = 1 };
            Tensor logits = o.Whole(shape, StorageRole.Feature, OperandUse.Read), labels = o.Labels(shape.N, shape.C);
            Tensor loss = o.Whole(Shape.Scalar, StorageRole.ChannelVector, OperandUse.Write);
            Tensor correct = o.Whole(Shape.Scalar, StorageRole.ChannelVector, OperandUse.Write);
            Grant grant = o.Grant(o.Backend.ReductionBytes(shape), isStored: false);
            return () => o.Backend.SoftmaxCrossEntropy(logits, labels, loss, correct, grant);
        }),
        new("softmax-cross-entropy-backward", o =>
        {
            Shape shape = o.X with { H = 1, W = 1 };
            Tensor logits = o.Whole(shape, StorageRole.Feature, OperandUse.Read), labels = o.Labels(shape.N, shape.C);
            Tensor dloss = o.Whole(Shape.Scalar, StorageRole.ChannelVector, OperandUse.Read, mean: 1, deviation: 0);
            Tensor dlogits = o.Whole(shape, StorageRole.FeatureGradient, OperandUse.Write);
            Grant grant = o.Grant(0, isStored: true);
            return () => o.Backend.SoftmaxCrossEntropyBackward(logits, labels, dloss, dlogits, grant);
        }),
        new("sgd", o =>
        {
            Tensor w = o.Whole(o.X, StorageRole.Parameter, OperandUse.Update);
            Tensor dw = o.Whole(o.X, StorageRole.ParameterGradient, OperandUse.Update);
            Tensor v = o.Whole(o.X, StorageRole.Momentum, OperandUse.Update);
            Tensor squares = o.Whole(Shape.Scalar, StorageRole.ChannelVector, OperandUse.Write);
            Grant grant = o.Grant(o.Backend.SgdBytes(w.Shape.Count), isStored: false);
            return () => o.Backend.Sgd(0.9, 1e-4, nesterov: true, w, dw, v, squares, grant);
        }),
        new("augment", o =>
        {
            Shape shape = o.X with { C = ImageDataset.Channels };
            Batch batch = RandomBatch.Loaded(shape, Classes, o.Backend is CudaBackend, Augmentation.Standard);
            Tensor images = o.Whole(shape, StorageRole.Feature, OperandUse.Write), labels = o.Labels(o.X.N, Classes);
            o.Bytes += shape.Count; // the images as bytes, which all sets of operands share
            return o.Backend is CudaBackend cuda
                ? cuda.Taking(batch, images, labels)
                : () => o.Backend.Upload(batch.Pixels, images);
        })
        {
            IsOnGpusAlone = true,
        },
        .. TimedConvolutions.All,
    ];

    /// <summary>The operations of these names, without a name all; the plain copy first.</summary>
    /// <exception cref="ArgumentException">There is none of a name; the message has all names.</exception>
    public static IReadOnlyList<TimedOperation> Named(string? names)
    {
        if (names is null)
            return All;
        string[] wanted = names.Split(',', StringSplitOptions.TrimEntries);
        string? unknown = wanted.FirstOrDefault(name => All.All(operation => operation.Name != name));
        return unknown is null
            ? [.. All.Where(operation => operation.Name == TimedOperation.PlainCopy || wanted.Contains(operation.Name))]
            : throw new ArgumentException(
                $"'{unknown}' is unknown; expected one or more of {string.Join(", ", All.Select(o => o.Name))}");
    }

    private static Tensor Half(OperationOperands o) =>
        o.Whole(Shape.Scalar, StorageRole.ChannelVector, OperandUse.Read, mean: 0.5f, deviation: 0);

    private static long? PooledBytes(OperationOperands o) => o.Backend.NormReluAveragePoolBytes(o.X, Halves);

    private static bool PoolsNormRelu(Backend backend, Shape x) =>
        backend.NormReluAveragePoolBytes(x, Halves) is not null;

    private static TimedOperation AveragePool(string name, Func<Shape, Window> windowOf) => new(name, o =>
    {
        Window window = windowOf(o.X);
        Tensor x = o.Slice(OperandUse.Read), y = o.Whole(window.Over(o.X, o.X.C), Packed, OperandUse.Write);
        return () => o.Backend.AveragePool(x, window, y);
    });

    private static TimedOperation AveragePoolBackward(string name, Func<Shape, Window> windowOf) => new(name, o =>
    {
        Window window = windowOf(o.X);
        Tensor dy = o.Whole(window.Over(o.X, o.X.C), Packed, OperandUse.Read), dx = o.GradientSlice();
        Grant grant = o.Grant(0);
        return () => o.Backend.AveragePoolBackward(dy, window, dx, grant);
    });
}
