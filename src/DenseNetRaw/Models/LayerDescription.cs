using DenseNetRaw.Autograd;

namespace DenseNetRaw.Models;

/// <summary>One recorded operation of a model, for one image.</summary>
/// <param name="Name">Its output.</param>
/// <param name="Operation">What it computes.</param>
/// <param name="Input">Extents of its first input; of its output where it has none.</param>
/// <param name="Output">Extents of its output.</param>
/// <param name="Parameters">Elements of its parameters.</param>
/// <param name="MultiplyAdds">Multiply-adds of its forward pass.</param>
public sealed record LayerDescription(
    string Name, string Operation, Shape Input, Shape Output, long Parameters, long MultiplyAdds);
