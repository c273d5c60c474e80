namespace DenseNetRaw.Data.Images;

/// <summary>
/// Undoes the filters of PNG's rows: each byte was written as its difference from a guess made of bytes before and
/// above it. https://www.w3.org/TR/png-3/#9Filters
/// </summary>
internal static class PngFilter
{
    /// <summary>Turns a row's differences into its bytes, in place.</summary>
    /// <param name="filter">0 none, 1 left, 2 above, 3 mean of both, 4 Paeth's guess.</param>
    /// <param name="row">The row.</param>
    /// <param name="above">The row above, already undone; zeros above the first.</param>
    /// <param name="stride">Bytes from a pixel to the one before.</param>
    /// <exception cref="InvalidDataException">There is no such filter.</exception>
    public static void Undo(int filter, Span<byte> row, ReadOnlySpan<byte> above, int stride)
    {
        above = above[..row.Length];
        switch (filter)
        {
            case 0:
                break;
            case 1:
                for (int i = stride; i < row.Length; i++)
                    row[i] += row[i - stride];
                break;
            case 2:
                for (int i = 0; i < row.Length; i++)
                    row[i] += above[i];
                break;
            case 3:
                for (int i = 0; i < row.Length; i++)
                    row[i] += (byte)(((i < stride ? 0 : row[i - stride]) + above[i]) >> 1);
                break;
            case 4:
                for (int i = 0; i < Math.Min(stride, row.Length); i++)
                    row[i] += above[i];
                for (int i = stride; i < row.Length; i++)
                    row[i] += Paeth(row[i - stride], above[i], above[i - stride]);
                break;
            default:
                throw new InvalidDataException($"expected a filter from 0 to 4 before each row, found {filter}");
        }
    }

    /// <summary>Of left, above and left above the one nearest to left + above − left above.</summary>
    private static byte Paeth(int left, int above, int diagonal)
    {
        int toLeft = Math.Abs(above - diagonal), toAbove = Math.Abs(left - diagonal);
        int toDiagonal = Math.Abs(left + above - (2 * diagonal));
        return (byte)(toLeft <= toAbove && toLeft <= toDiagonal ? left : toAbove <= toDiagonal ? above : diagonal);
    }
}
