using DenseNetRaw.Autograd;

namespace DenseNetRaw.Modules;

/// <summary>The feature maps of a dense block and the layers that read them.</summary>
/// <param name="Block">What the block is called, such as <c>block 1</c>.</param>
/// <param name="Sources">What wrote the block's channels, in their order, the block's input first.</param>
/// <param name="Readers">
/// The weights [K, C, R, S] that each layer reads the first C channels with, from as many sources as these are of; the
/// last is of what follows the block.
/// </param>
public sealed record DenseConnections(
    string Block, IReadOnlyList<(string Name, int Channels)> Sources,
    IReadOnlyList<(string Name, Parameter Weight)> Readers);
