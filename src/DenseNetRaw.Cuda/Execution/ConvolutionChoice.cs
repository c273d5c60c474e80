using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>What cuDNN needs to know for one pass of a convolution.</summary>
/// <param name="Shapes">The descriptors.</param>
/// <param name="Algorithm">The algorithm's number, which means something for that pass alone.</param>
internal sealed record ConvolutionChoice(CudnnConvolution Shapes, int Algorithm);
