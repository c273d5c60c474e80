using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends;

/// <summary>
/// That a convolution takes the <see cref="Backend.ChannelStatistics"/> of its y as well, in the pass that writes y.
/// </summary>
/// <param name="Mean">Receives the means.</param>
/// <param name="Variance">Receives the biased variances.</param>
/// <param name="Workspace">
/// What the backend stated for it (<see cref="Backend.StatisticsBytes"/>), beside the convolution's own; or null.
/// </param>
public sealed record StatisticsGrant(Tensor Mean, Tensor Variance, Storage? Workspace);
