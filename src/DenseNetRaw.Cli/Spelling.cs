namespace DenseNetRaw.Cli;

/// <summary>The word that was meant by one that is wrongly typed.</summary>
internal static class Spelling
{
    /// <summary>A slip of the keyboard is one or two letters; of three letters, one.</summary>
    private const int MostSlips = 2, LettersASlip = 3;

    /// <summary>The known word with fewest slips from this one; null where all are other words.</summary>
    public static string? Nearest(string word, IEnumerable<string> known) => known
        .Select(candidate => (Word: candidate, Slips: Slips(word, candidate)))
        .Where(candidate => candidate.Slips <= Math.Min(MostSlips, Letters(candidate.Word) / LettersASlip))
        .OrderBy(candidate => candidate.Slips).ThenBy(candidate => candidate.Word, StringComparer.Ordinal)
        .Select(candidate => candidate.Word).FirstOrDefault();

    /// <summary>What an error of that word ends with: the word that was meant, or nothing.</summary>
    public static string Question(string word, IEnumerable<string> known) =>
        Nearest(word, known) is { } meant ? $"; did you mean '{meant}'?" : string.Empty;

    private static int Letters(string word) => word.Count(char.IsLetter);

    /// <summary>
    /// Letters left out, too many, other, or exchanged with their neighbour: the distance of Damerau 1964
    /// (doi:10.1145/363958.363994) in its form that edits no letter twice.
    /// </summary>
    private static int Slips(string a, string b)
    {
        int[,] slips = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
                slips[i, j] = i == 0 || j == 0 ? i + j : Least(slips, a, b, i, j);
        }

        return slips[a.Length, b.Length];
    }

    private static int Least(int[,] slips, string a, string b, int i, int j)
    {
        int least = slips[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
        least = Math.Min(least, 1 + Math.Min(slips[i - 1, j], slips[i, j - 1]));
        bool isExchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
        return isExchanged ? Math.Min(least, slips[i - 2, j - 2] + 1) : least;
    }
}
