namespace DenseNetRaw.Cli;

/// <summary>What the process returns; scripts rely on these.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Usage = 2;
    public const int BadData = 3;
    public const int OutOfMemory = 4;
    public const int NotANumber = 5;
    public const int HungUp = 129;
    public const int Interrupted = 130;
    public const int Terminated = 143;
}
