namespace DenseNetRaw.Data;

/// <summary>How many images a class has.</summary>
/// <param name="Name">The class.</param>
/// <param name="Training">Its training images.</param>
/// <param name="Test">Its test images.</param>
public sealed record ClassCount(string Name, int Training, int Test);
