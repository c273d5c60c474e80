using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>
/// What cuDNN needs to know for one pass of a convolution. The descriptors have the arithmetic with which the algorithm
/// was proposed: with another, the same number means another kernel, or none.
/// </summary>
internal sealed class ConvolutionChoice
{
    private readonly IReadOnlyList<CudnnAlgorithm> _fitting;
    private int _taken;

    /// <summary>Takes the first of the algorithms that fit.</summary>
    /// <param name="shapes">The descriptors, of this pass alone.</param>
    /// <param name="fitting">At least one algorithm, the fastest first.</param>
    public ConvolutionChoice(CudnnConvolution shapes, IReadOnlyList<CudnnAlgorithm> fitting)
    {
        (Shapes, _fitting) = (shapes, fitting);
        Take(0);
    }

    /// <summary>The descriptors.</summary>
    public CudnnConvolution Shapes { get; }

    /// <summary>The algorithm's number, which means something for that pass alone.</summary>
    public int Algorithm => _fitting[_taken].Algorithm;

    /// <summary>Takes the next algorithm; false where there is none.</summary>
    public bool MoveOn()
    {
        if (_taken + 1 == _fitting.Count)
        {
            return false;
        }

        Take(_taken + 1);
        return true;
    }

    private void Take(int index)
    {
        _taken = index;
        Shapes.Convolution.SetMath(_fitting[index].Math);
    }
}
