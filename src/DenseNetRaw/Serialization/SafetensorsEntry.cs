namespace DenseNetRaw.Serialization;

/// <summary>A line of a safetensors header: bytes [Begin, End) of the data hold the tensor.</summary>
internal sealed record SafetensorsEntry(string Name, string Dtype, long[] Shape, long Begin, long End);
