using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda.Native;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>
/// cuDNN's descriptors and algorithm for every convolution that was asked for: of those that fit the workspace, the one
/// that cuDNN expects to be fastest. Chosen once, at the first call.
/// </summary>
/// <param name="machine">The device.</param>
/// <param name="settings">Precision, workspace, determinism.</param>
internal sealed class ConvolutionChoices(CudaMachine machine, CudaSettings settings) : IDisposable
{
    private const int MostAlgorithms = 16;

    private readonly Dictionary<Key, ConvolutionChoice> _choices = [];
    private readonly List<CudnnConvolution> _shapes = [];

    /// <summary>What computes a pass.</summary>
    /// <exception cref="NotSupportedException">No algorithm fits.</exception>
    public ConvolutionChoice For(ConvolutionPass pass, Shape x, Shape w, Window window)
    {
        Key key = new(pass, x, w, window);
        if (!_choices.TryGetValue(key, out ConvolutionChoice? choice))
        {
            choice = Choose(key);
            _choices.Add(key, choice);
        }

        return choice;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _shapes.ForEach(shapes => shapes.Dispose());
    }

    private ConvolutionChoice Choose(Key key)
    {
        CudnnConvolution shapes = Describe(key);
        Span<CudnnAlgorithm> proposed = stackalloc CudnnAlgorithm[MostAlgorithms];
        proposed = proposed[..Propose(key.Pass, shapes, proposed)];
        foreach (CudnnAlgorithm algorithm in proposed)
        {
            if (algorithm.Status == CudnnStatus.Success
                && (algorithm.IsDeterministic || !settings.IsDeterministic)
                && WorkspaceBytes(key.Pass, shapes, algorithm.Algorithm) <= settings.WorkspaceBytes)
            {
                return new ConvolutionChoice(shapes, algorithm.Algorithm);
            }
        }

        throw new NotSupportedException(
            $"cuDNN has no{(settings.IsDeterministic ? " deterministic" : "")} algorithm for the pass {key.Pass} of a "
            + $"convolution of {key.X} with {key.W} that needs no more workspace than "
            + $"{ByteText.Of(settings.WorkspaceBytes)}; give it more with --workspace");
    }

    private CudnnConvolution Describe(Key key)
    {
        _shapes.Add(new CudnnConvolution(
            machine.Context,
            settings.Precision == CudaPrecision.Bf16 ? CudnnDataType.BFloat16 : CudnnDataType.Float32,
            settings.Precision == CudaPrecision.Fp32 ? CudnnMath.FusedMultiplyAdd : CudnnMath.TensorCores,
            (key.X.N, key.X.C, key.X.H, key.X.W), (key.W.N, key.W.H, key.W.W), key.Window.Padding, key.Window.Stride));
        return _shapes[^1];
    }

    private int Propose(ConvolutionPass pass, CudnnConvolution shapes, Span<CudnnAlgorithm> results) => pass switch
    {
        ConvolutionPass.Forward => machine.Cudnn.ProposeForward(shapes, results),
        ConvolutionPass.BackwardData => machine.Cudnn.ProposeBackwardData(shapes, results),
        _ => machine.Cudnn.ProposeBackwardFilter(shapes, results),
    };

    private long? WorkspaceBytes(ConvolutionPass pass, CudnnConvolution shapes, int algorithm) => pass switch
    {
        ConvolutionPass.Forward => machine.Cudnn.ForwardWorkspaceBytes(shapes, algorithm),
        ConvolutionPass.BackwardData => machine.Cudnn.BackwardDataWorkspaceBytes(shapes, algorithm),
        _ => machine.Cudnn.BackwardFilterWorkspaceBytes(shapes, algorithm),
    };

    private readonly record struct Key(ConvolutionPass Pass, Shape X, Shape W, Window Window);
}
