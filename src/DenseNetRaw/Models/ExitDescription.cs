namespace DenseNetRaw.Models;

/// <summary>What a network takes for one image if it ends at an exit.</summary>
/// <param name="Exit">The exit's ordinal, from 1.</param>
/// <param name="Parameters">Elements of the parameters up to it, earlier classifiers' among them.</param>
/// <param name="MultiplyAdds">Multiply-adds up to it.</param>
/// <param name="Operations">
/// As MSDNet's authors count: multiply-adds, and what ReLU, pooling and the bias take.
/// </param>
public sealed record ExitDescription(int Exit, long Parameters, long MultiplyAdds, long Operations);
