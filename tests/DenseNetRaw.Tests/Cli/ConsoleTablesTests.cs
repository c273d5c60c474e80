using DenseNetRaw.Cli;
using NUnit.Framework;
using Spectre.Console;

namespace DenseNetRaw.Tests.Cli;

public sealed class ConsoleTablesTests
{
    [TestCase(1000, 1)]
    [TestCase(40, 3)]
    [TestCase(5, 5)]
    public void Table_OfAnyWidth_HasEveryCellWholeAndTheFirstColumnInEveryPart(int width, int parts)
    {
        Table table = ConsoleTables.New(
            ("name", false), ("first", true), ("second", true), ("third", true), ("fourth", true), ("fifth", true));
        table.AddPlainRow("a row", "1,000,000.1", "2,000,000.2", "3,000,000.3", "4,000,000.4", "5,000,000.5");
        string shown = Shown(table, width);
        string[] words = shown.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(words.Count(word => word == "name"), Is.EqualTo(parts));
            for (int i = 1; i <= 5; i++)
                Assert.That(words, Has.One.EqualTo($"{i},000,000.{i}"));
            if (width > 20)
                Assert.That(shown.Split('\n').Select(line => line.Length), Is.All.AtMost(width));
        }
    }

    [Test]
    public void Table_OfRowsToldApartByTwoColumns_HasBothInEveryPart()
    {
        Table table = ConsoleTables.New(("name", false), ("mode", false), ("first", true), ("second", true));
        table.AddPlainRow("a row", "train", "1,000,000.1", "2,000,000.2");
        string[] words = Shown(table, 35, keys: 2).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(words.Count(word => word == "train"), Is.EqualTo(2));
            Assert.That(words, Has.One.EqualTo("1,000,000.1").And.One.EqualTo("2,000,000.2"));
        }
    }

    [Test]
    public void Text_OfAnyWidth_BreaksBetweenWords()
    {
        using StringWriter output = new();
        ConsoleTables.WriteText(output, "one two three fourteen-letters", 8);
        Assert.That(output.ToString().ReplaceLineEndings("\n"), Is.EqualTo("one two\nthree\nfourteen-letters\n"));
    }

    private static string Shown(Table table, int width, int keys = 1)
    {
        using StringWriter output = new();
        ConsoleTables.WriteTable(
            AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) }),
            table, width, keys);
        return output.ToString().ReplaceLineEndings("\n");
    }
}
