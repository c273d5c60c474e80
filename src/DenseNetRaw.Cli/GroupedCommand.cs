using System.CommandLine;

namespace DenseNetRaw.Cli;

/// <summary>A command of so many flags that its help has them under headings.</summary>
internal sealed class GroupedCommand(string name, string description) : Command(name, description)
{
    private const string Heading = "Options:";
    private readonly List<(string Heading, IReadOnlyList<Option> Flags)> _groups = [];

    /// <summary>Adds flags of one subject.</summary>
    public void Add(string heading, params IEnumerable<Option> flags)
    {
        _groups.Add((heading, [.. flags]));
        this.AddAll(_groups[^1].Flags);
    }

    /// <summary>
    /// The library's help with the lines of the flags, which it has in one list, under their headings in the order in
    /// which those were added; flags of none, such as --help, keep the list's.
    /// </summary>
    public string Grouped(string help)
    {
        List<string> before = [], others = [Heading];
        List<string>[] sections = [.. _groups.Select(group => new List<string> { $"{group.Heading}:" })];
        List<string>? at = null;
        foreach (string line in help.TrimEnd().ReplaceLineEndings("\n").Split('\n'))
        {
            if (at is null)
            {
                at = line == Heading ? others : null;
                (at is null ? before : []).Add(line);
                continue;
            }

            // A description that is broken goes on in lines that begin with no flag.
            if (line.TrimStart().StartsWith('-') && !line.StartsWith("   ", StringComparison.Ordinal))
            {
                int group = GroupOf(line.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)[0]);
                at = group < 0 ? others : sections[group];
            }

            at.Add(line);
        }

        IEnumerable<string> flags = sections.Append(others).Where(section => section.Count > 1)
            .Select(section => string.Join(Environment.NewLine, section));
        string blank = Environment.NewLine + Environment.NewLine;
        return string.Join(Environment.NewLine, before) + Environment.NewLine + string.Join(blank, flags) + blank;
    }

    /// <summary>
    /// The group of the flag that a line begins with; -1 for none. A narrow terminal's line has only the beginning of a
    /// long name.
    /// </summary>
    private int GroupOf(string word)
    {
        int whole = Find(name => name == word);
        return whole >= 0 ? whole : Find(name => name.StartsWith(word, StringComparison.Ordinal));

        int Find(Predicate<string> fits) => _groups.FindIndex(
            group => group.Flags.Any(flag => flag.Aliases.Append(flag.Name).Any(name => fits(name))));
    }
}
