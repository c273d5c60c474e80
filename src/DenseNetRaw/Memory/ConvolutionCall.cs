using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Memory;

/// <summary>Which pass of which convolution a call is: all that a library chooses an algorithm by.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="X">Extents of x, or of dx.</param>
/// <param name="W">Extents of w, or of dw.</param>
/// <param name="Window">The window.</param>
public readonly record struct ConvolutionCall(ConvolutionPass Pass, Shape X, Shape W, Window Window);
