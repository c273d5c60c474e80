namespace DenseNetRaw.Cuda.Kernels;

/// <summary>A compiled source, for the driver to load.</summary>
/// <param name="Bytes">Machine code (cubin) or PTX.</param>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Log">What the compiler said; empty where it never ran.</param>
internal sealed record KernelImage(byte[] Bytes, KernelOrigin Origin, string Log);
