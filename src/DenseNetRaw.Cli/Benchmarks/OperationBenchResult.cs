using DenseNetRaw.Backends;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>Time of an operation.</summary>
/// <param name="Operation">Its name.</param>
/// <param name="Variant">What differs from the default, or "default".</param>
/// <param name="Shape">[N, C, H, W] of the features' storage.</param>
/// <param name="Slice">First channel and number of channels of x.</param>
/// <param name="Device">The backend.</param>
/// <param name="Threads">Threads that compute.</param>
/// <param name="Precision">What is computed in.</param>
/// <param name="Milliseconds">Median of the launches.</param>
/// <param name="GigabytesPerSecond">By the bytes that the formula in the kernel's header says.</param>
/// <param name="GigaflopsPerSecond">Multiplications and additions of convolutions; null for all else.</param>
/// <param name="ShareOfLimit">The least time that the limits allow, over the median; null where none are known.</param>
/// <param name="MaxError">
/// Largest difference from the reference, of each output relative to its largest element; on fewer pixels.
/// </param>
/// <param name="IsRight">Whether that is what the precision allows.</param>
/// <param name="IsOneCall">Whether the backend has it as one call; else it is timed as several.</param>
/// <param name="Launches">Launches that were timed.</param>
internal sealed record OperationBenchResult(
    string Operation,
    string Variant,
    IReadOnlyList<int> Shape,
    IReadOnlyList<int> Slice,
    string Device,
    int Threads,
    string Precision,
    double Milliseconds,
    double GigabytesPerSecond,
    double? GigaflopsPerSecond,
    double? ShareOfLimit,
    double MaxError,
    bool IsRight,
    bool IsOneCall,
    int Launches)
{
    /// <summary>The same beside limits; null where they are not known.</summary>
    public OperationBenchResult Beside(DeviceLimits? limits) => this with
    {
        ShareOfLimit = limits is null
            ? null
            : Math.Max(
                (GigaflopsPerSecond ?? 0) / limits.GigaflopsPerSecond, GigabytesPerSecond / limits.GigabytesPerSecond),
    };
}
