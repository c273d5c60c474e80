namespace DenseNetRaw.Cli.Benchmarks;

/// <summary>
/// The numbers in operands: uniform around a mean, functions of the operand's ordinal alone, and exact in bfloat16, so
/// that every backend starts from the same.
/// </summary>
internal static class OperandNumbers
{
    private const int Period = 1 << 20;
    private const int Stride = 7919;
    private const int BitsOfBfloat16 = ~0xFFFF;

    private static readonly float[] Uniform = Draw();

    /// <summary>Numbers within <paramref name="deviation"/> of the mean.</summary>
    public static float[] Of(int ordinal, long count, float mean, float deviation)
    {
        float[] values = new float[checked((int)count)];
        for (int i = 0; i < values.Length; i++)
        {
            float value = mean + (deviation * Uniform[(i + (ordinal * Stride)) & (Period - 1)]);
            values[i] = BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(value) & BitsOfBfloat16);
        }

        return values;
    }

    private static float[] Draw()
    {
        Random random = new(1);
        float[] values = new float[Period];
        for (int i = 0; i < values.Length; i++)
            values[i] = (2 * random.NextSingle()) - 1;
        return values;
    }
}
