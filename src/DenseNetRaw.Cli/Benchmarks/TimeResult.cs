namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>Time of a training step under one strategy, beside others in the same run.</summary>
/// <param name="Mode">What is timed: <c>train</c>.</param>
/// <param name="Model">The network.</param>
/// <param name="BatchSize">Images in the step.</param>
/// <param name="Device">The backend.</param>
/// <param name="Threads">Threads that compute.</param>
/// <param name="Memory">The strategy.</param>
/// <param name="PeakBytes">Bytes of the arena.</param>
/// <param name="Milliseconds">Median of the steps.</param>
/// <param name="MillisecondsQuartiles">Lower and upper quartile of the steps.</param>
/// <param name="ImagesPerSecond">At the median.</param>
/// <param name="RelativeTo">The strategy that the ratio is to.</param>
/// <param name="Ratio">Median of the ratios of each round: above 1 is slower.</param>
/// <param name="RatioQuartiles">Lower and upper quartile of the ratios of each round.</param>
/// <param name="Rounds">Steps that were timed.</param>
internal sealed record TimeResult(
    string Mode,
    string Model,
    int BatchSize,
    string Device,
    int Threads,
    string Memory,
    long PeakBytes,
    double Milliseconds,
    IReadOnlyList<double> MillisecondsQuartiles,
    double ImagesPerSecond,
    string RelativeTo,
    double Ratio,
    IReadOnlyList<double> RatioQuartiles,
    int Rounds);
