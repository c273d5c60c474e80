using DenseNetRaw.Backends;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// The JSON document of <c>bench step</c> and <c>bench ops</c>: where it was measured, and what was found.
/// </summary>
/// <param name="Date">The day.</param>
/// <param name="Commit">What was built, if known.</param>
/// <param name="Command">The command line.</param>
/// <param name="Machine">GPU, if that computes, processor, cores, memory, system and runtime.</param>
/// <param name="LoadAverage">Linux's load averages before it began; null elsewhere.</param>
/// <param name="Limits">What the device does at best; null where it was not measured.</param>
/// <param name="Settings">Of a GPU: precision, workspace, what algorithms; null of other devices.</param>
/// <param name="Results">One a measurement.</param>
internal sealed record BenchResults<T>(
    string Date,
    string? Commit,
    string Command,
    string Machine,
    IReadOnlyList<double>? LoadAverage,
    DeviceLimits? Limits,
    DeviceSettings? Settings,
    IReadOnlyList<T> Results);
