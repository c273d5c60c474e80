namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// What one channel is normalised with: relu(norm(x)) = max(0, (x − Mean) · Scale + Beta), Scale = gamma / √(variance +
/// ε). Forward and backward evaluate this one expression with the same instructions, so a mask found again is the mask.
/// </summary>
/// <param name="Mean">The channel's mean.</param>
/// <param name="Scale">gamma / √(variance + ε).</param>
/// <param name="Beta">The shift.</param>
internal readonly record struct ChannelNorm(float Mean, float Scale, float Beta);
