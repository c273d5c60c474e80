namespace DenseNetRaw.Cli;

/// <summary>The likeliest classes of an image.</summary>
/// <param name="Image">Its index in the input.</param>
/// <param name="Top">The likeliest first.</param>
/// <param name="File">The image file, if it is one.</param>
internal sealed record Prediction(int Image, IReadOnlyList<ClassScore> Top, string? File = null);
