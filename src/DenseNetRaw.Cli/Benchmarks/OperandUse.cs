namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>What an operation does with an operand, and so how often its bytes move.</summary>
internal enum OperandUse
{
    /// <summary>Reads it.</summary>
    Read,

    /// <summary>Writes all of it.</summary>
    Write,

    /// <summary>Reads it and writes it: adds to it, or changes it.</summary>
    Update,
}
