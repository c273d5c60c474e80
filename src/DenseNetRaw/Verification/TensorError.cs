
namespace DenseNetRaw.Verification;

/// <summary>How far the recorded gradient of one tensor is from central differences.</summary>
/// <param name="Name">The tensor.</param>
/// <param name="Error">‖recorded − differences‖ / max(‖recorded‖, ‖differences‖), of the coordinates compared.</param>
/// <param name="Coordinates">Elements of the tensor.</param>
/// <param name="SkippedCoordinates">Those where a ReLU or a maximum changed side, which are not compared.</param>
public sealed record TensorError(string Name, double Error, int Coordinates, int SkippedCoordinates);
