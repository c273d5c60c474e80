namespace DenseNetRaw.Cuda.Libraries;

/// <summary>A file name that a library may have.</summary>
/// <param name="FileName">The name without its folder.</param>
/// <param name="CudaMajor">
/// The CUDA version that the file belongs to, where its name says so: a driver runs no newer one.
/// </param>
internal readonly record struct LibraryName(string FileName, int? CudaMajor);
