namespace DenseNetRaw.Training;

/// <summary>The gradient of a layer's parameters: of a convolution, a linear layer with its bias, or a norm.</summary>
/// <param name="Layer">The layer's key in the state dictionary.</param>
/// <param name="IsNorm">Whether its parameters are the gamma and beta of a normalisation.</param>
/// <param name="Parameters">How many numbers it has.</param>
/// <param name="Norm">The root of the sum of the squares of the loss's derivatives by them.</param>
/// <param name="WeightNorm">The root of the sum of their own squares.</param>
public sealed record LayerGradient(string Layer, bool IsNorm, long Parameters, double Norm, double WeightNorm);
