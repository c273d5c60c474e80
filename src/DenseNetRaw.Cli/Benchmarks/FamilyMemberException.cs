namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>The process that trained a model of <c>bench family</c> failed, and has said why itself.</summary>
/// <param name="message">The model, and how the process ended.</param>
/// <param name="exitCode">What the process returned.</param>
internal sealed class FamilyMemberException(string message, int exitCode) : Exception(message)
{
    /// <summary>What the process returned, and what is returned for it.</summary>
    public int ExitCode { get; } = exitCode;
}
