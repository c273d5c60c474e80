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

    private readonly Dictionary<ConvolutionCall, ConvolutionChoice> _choices = [];
    private readonly List<CudnnConvolution> _shapes = [];

    /// <summary>
    /// Computes a pass. An algorithm that refuses the call after all, as some do that add to what is there, gives way
    /// to the next one for good: a refused call has done nothing.
    /// </summary>
    /// <param name="key">The pass of a convolution.</param>
    /// <param name="call">Calls cuDNN with what was chosen.</param>
    /// <exception cref="NotSupportedException">No algorithm fits, or all that do refuse.</exception>
    public void Play(ConvolutionCall key, Action<ConvolutionChoice> call)
    {
        ConvolutionChoice choice = For(key);
        while (true)
        {
            try
            {
                call(choice);
                return;
            }
            catch (CudaException refusal) when (refusal.IsNotSupportedByCudnn)
            {
                if (!choice.MoveOn())
                {
                    throw NoneFor(key, refusal);
                }
            }
        }
    }

    /// <summary>Chooses what will compute a pass, which is else done at its first call.</summary>
    /// <exception cref="NotSupportedException">No algorithm fits.</exception>
    public void Choose(ConvolutionCall key) => For(key);

    /// <inheritdoc/>
    public void Dispose()
    {
        _shapes.ForEach(shapes => shapes.Dispose());
    }

    private ConvolutionChoice For(ConvolutionCall key)
    {
        if (!_choices.TryGetValue(key, out ConvolutionChoice? choice))
        {
            choice = NewChoice(key);
            _choices.Add(key, choice);
        }

        return choice;
    }

    private ConvolutionChoice NewChoice(ConvolutionCall key)
    {
        CudnnConvolution shapes = Describe(key);
        Span<CudnnAlgorithm> proposed = stackalloc CudnnAlgorithm[MostAlgorithms];
        proposed = proposed[..Propose(key.Pass, shapes, proposed)];
        List<CudnnAlgorithm> fitting = [];
        foreach (CudnnAlgorithm algorithm in proposed)
        {
            if (IsAllowed(algorithm) && Fits(key.Pass, shapes, algorithm))
            {
                fitting.Add(algorithm);
            }
        }

        return fitting.Count > 0 ? new ConvolutionChoice(shapes, fitting) : throw NoneFor(key, null);
    }

    private NotSupportedException NoneFor(ConvolutionCall key, CudaException? refusal) => new(
        $"cuDNN has no{(settings.IsDeterministic ? " deterministic" : "")} algorithm for the pass {key.Pass} of a "
        + $"convolution of {key.X} with {key.W} that needs no more workspace than "
        + $"{ByteText.Of(settings.WorkspaceBytes)}; give it more with --workspace",
        refusal);

    /// <summary>Whether the settings allow it: fp32 multiplies float32 numbers, no precision float16 ones.</summary>
    private bool IsAllowed(CudnnAlgorithm algorithm) =>
        algorithm.Status == CudnnStatus.Success
        && (algorithm.IsDeterministic || !settings.IsDeterministic)
        && (settings.Precision == CudaPrecision.Fp32
            ? algorithm.Math == CudnnMath.FusedMultiplyAdd
            : algorithm.Math != CudnnMath.TensorCoresWithConversion);

    /// <summary>Whether the workspace is enough for an algorithm in the arithmetic that it was proposed with.</summary>
    private bool Fits(ConvolutionPass pass, CudnnConvolution shapes, CudnnAlgorithm algorithm)
    {
        shapes.Convolution.SetMath(algorithm.Math);
        return WorkspaceBytes(pass, shapes, algorithm.Algorithm) <= settings.WorkspaceBytes;
    }

    private CudnnConvolution Describe(ConvolutionCall key)
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
}
