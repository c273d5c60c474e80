namespace DenseNetRaw.Models;

/// <summary>Where a layer of an MSDNet stands: channels are counted at a growth factor of 1.</summary>
/// <param name="Block">Ordinal of its block, from 0; after the block's last layer stands a classifier.</param>
/// <param name="InputScales">How many of the coarsest scales it reads.</param>
/// <param name="OutputScales">How many of them it writes: as many, or one less.</param>
/// <param name="Channels">Channels before it.</param>
/// <param name="Compressed">Channels after the transition that follows it; null where none does.</param>
internal sealed record MsdNetLayer(int Block, int InputScales, int OutputScales, int Channels, int? Compressed);
