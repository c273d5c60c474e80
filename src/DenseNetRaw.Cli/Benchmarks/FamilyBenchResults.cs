namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>All that <c>bench family</c> found: the JSON document that it prints and writes.</summary>
/// <param name="Date">The day.</param>
/// <param name="Commit">What was built, if known.</param>
/// <param name="Command">The command line.</param>
/// <param name="Machine">GPU, if that computes, processor, cores, memory, system and runtime.</param>
/// <param name="LoadAverage">Linux's load averages before it began; null elsewhere.</param>
/// <param name="Data">The images, in words.</param>
/// <param name="Device">The backend.</param>
/// <param name="Threads">Threads that compute.</param>
/// <param name="Precision">What is computed in.</param>
/// <param name="Memory">The memory strategy.</param>
/// <param name="Recipe">The recipe of every model.</param>
/// <param name="Results">One a model.</param>
internal sealed record FamilyBenchResults(
    string Date,
    string? Commit,
    string Command,
    string Machine,
    IReadOnlyList<double>? LoadAverage,
    string Data,
    string Device,
    int Threads,
    string Precision,
    string Memory,
    FamilyRecipe Recipe,
    IReadOnlyList<FamilyResult> Results);
