namespace DenseNetRaw.Tests;

/// <summary>How far numbers are from those expected.</summary>
internal static class RelativeError
{
    /// <summary>
    /// ‖actual − expected‖ / ‖expected‖; 0 where both are all zeros; infinite where there is a NaN, which NUnit holds
    /// to be less than any number.
    /// </summary>
    public static double Of(ReadOnlySpan<double> actual, ReadOnlySpan<double> expected)
    {
        if (actual.Length != expected.Length)
        {
            throw new ArgumentException($"{actual.Length} numbers, expected {expected.Length}", nameof(actual));
        }

        double difference = 0, squares = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            squares += expected[i] * expected[i];
        }

        double error = difference == 0 ? 0 : Math.Sqrt(difference / squares);
        return double.IsNaN(error) ? double.PositiveInfinity : error;
    }
}
