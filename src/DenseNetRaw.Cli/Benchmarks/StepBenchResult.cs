using DenseNetRaw.Backends;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>Time of a step.</summary>
/// <param name="Mode"><c>train</c> or <c>inference</c>.</param>
/// <param name="Model">The network.</param>
/// <param name="BatchSize">Images in the step.</param>
/// <param name="Device">The backend.</param>
/// <param name="Threads">Threads that compute.</param>
/// <param name="Precision">What is computed in.</param>
/// <param name="Memory">The strategy.</param>
/// <param name="Milliseconds">Median of the steps.</param>
/// <param name="MillisecondsQuartiles">Lower and upper quartile.</param>
/// <param name="ImagesPerSecond">At the median.</param>
/// <param name="GigaflopsPerSecond">Multiplications and additions of convolutions, at the median.</param>
/// <param name="PeakBytes">Planned bytes of the arena.</param>
/// <param name="TotalBytes">Of the arena, and of parameters and what else lies outside it.</param>
/// <param name="RooflineMilliseconds">The least that the machine's limits allow; null where none were measured.</param>
/// <param name="ShareOfLimit">That over the median.</param>
/// <param name="Steps">Steps that were timed.</param>
internal sealed record StepBenchResult(
    string Mode,
    string Model,
    int BatchSize,
    string Device,
    int Threads,
    string Precision,
    string Memory,
    double Milliseconds,
    IReadOnlyList<double> MillisecondsQuartiles,
    double ImagesPerSecond,
    double GigaflopsPerSecond,
    long PeakBytes,
    long TotalBytes,
    double? RooflineMilliseconds,
    double? ShareOfLimit,
    int Steps)
{
    /// <summary>The same beside limits.</summary>
    /// <param name="limits">What the device does at best; null where that is not known.</param>
    /// <param name="work">The step's, call by call.</param>
    public StepBenchResult Beside(DeviceLimits? limits, IReadOnlyList<(double Flops, double Bytes)> work)
    {
        double? roofline = limits is null ? null : Roofline.Milliseconds(limits, work);
        return this with { RooflineMilliseconds = roofline, ShareOfLimit = roofline / Milliseconds };
    }
}
