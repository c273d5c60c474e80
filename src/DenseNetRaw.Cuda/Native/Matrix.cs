namespace DenseNetRaw.Cuda.Native;

/// <summary>A matrix in the device's memory, column by column.</summary>
/// <param name="Address">Its first element.</param>
/// <param name="Type">What its elements are.</param>
/// <param name="LeadingDimension">Elements from one column to the next.</param>
internal readonly record struct Matrix(ulong Address, CudaDataType Type, int LeadingDimension);
