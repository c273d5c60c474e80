namespace DenseNetRaw.Tests;

/// <summary>
/// How often a test of chance is repeated: few times in CI, many where the environment variable
/// <c>DENSENET_LONG_TESTS</c> is set.
/// </summary>
internal static class LongForm
{
    /// <summary>Whether the long form was asked for.</summary>
    public static bool IsAsked => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("DENSENET_LONG_TESTS"));

    /// <summary>The count of the form that was asked for.</summary>
    public static int Count(int inCi, int inLongForm) => IsAsked ? inLongForm : inCi;
}
