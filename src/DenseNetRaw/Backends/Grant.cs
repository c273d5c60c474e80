using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends;

/// <summary>What the plan grants one backend call beyond its arguments.</summary>
/// <param name="Workspace">What the backend stated for it, or null.</param>
/// <param name="Stores">
/// Whether dx is stored rather than added to: the call is the first to touch that gradient and covers all of it.
/// </param>
/// <param name="Statistics">The statistics that a convolution takes of its y as well, or null.</param>
public readonly record struct Grant(
    Storage? Workspace = null, bool Stores = false, StatisticsGrant? Statistics = null);
