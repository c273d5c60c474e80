namespace DenseNetRaw.Backends.Cpu;

/// <summary>What a backend's calls are cut for.</summary>
/// <param name="Lanes">Elements of a vector.</param>
/// <param name="Threads">How many threads need workspace of their own.</param>
internal readonly record struct CpuCall(int Lanes, int Threads);
