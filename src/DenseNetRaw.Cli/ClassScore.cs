namespace DenseNetRaw.Cli;

/// <summary>How likely a class is.</summary>
/// <param name="Class">Its label.</param>
/// <param name="Name">Its name.</param>
/// <param name="Probability">Its share of the softmax.</param>
/// <param name="Logit">What the network gave it.</param>
internal sealed record ClassScore(int Class, string Name, double Probability, float Logit);
