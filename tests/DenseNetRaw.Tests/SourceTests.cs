using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace DenseNetRaw.Tests;

/// <summary>What .editorconfig says of the sources and no compiler checks.</summary>
public sealed class SourceTests
{
    [Test]
    public void Line_OfASource_IsNoLongerThanEditorsAreTold()
    {
        string root = RepositoryFolder.Find(), settings = File.ReadAllText(Path.Combine(root, ".editorconfig"));
        int most = int.Parse(
            Regex.Match(settings, @"max_line_length = (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
        string[] folders = ["src", "tests", "samples", "benchmarks"];
        IEnumerable<string> tooLong =
            from folder in folders
            from file in Directory.GetFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories)
            from line in File.ReadLines(file).Index()
            where line.Item.Length > most
            select $"{Path.GetRelativePath(root, file)}:{line.Index + 1} has {line.Item.Length} characters";
        Assert.That(tooLong, Is.Empty);
    }
}
