namespace DenseNetRaw.Data;

/// <summary>What a MATLAB file says of an array before its numbers come.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Extents">Rows, columns and so on; the first changes fastest.</param>
/// <param name="Type">How numbers are stored: 1 Int8, 2 UInt8, 3 Int16, 4 UInt16, 5 Int32, 6 UInt32, 9 Double.</param>
/// <param name="Bytes">How many bytes they are.</param>
internal sealed record MatlabArray(string Name, IReadOnlyList<int> Extents, int Type, long Bytes)
{
    /// <summary>Numbers of eight bits without a sign.</summary>
    public const int UInt8 = 2;

    /// <summary>Bytes of a number, or 0 if the type is none of these.</summary>
    public int NumberBytes => Type switch { 1 or UInt8 => 1, 3 or 4 => 2, 5 or 6 => 4, 9 => 8, _ => 0 };

    /// <summary>The extents, for messages.</summary>
    public override string ToString() => $"{Name} [{string.Join(" × ", Extents)}] of type {Type}";
}
