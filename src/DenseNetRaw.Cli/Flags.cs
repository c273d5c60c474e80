using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace DenseNetRaw.Cli;

/// <summary>What the flags of several commands share.</summary>
internal static class Flags
{
    /// <summary>Adds flags to a command.</summary>
    public static void AddAll(this Command command, IEnumerable<Option> options)
    {
        foreach (Option option in options)
        {
            command.Add(option);
        }
    }

    /// <summary>What a flag's value means; the error of one that means nothing names the flag.</summary>
    /// <param name="flag">The flag.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="word">What was given.</param>
    /// <param name="known">Names that may have been meant.</param>
    /// <exception cref="ArgumentException">It means nothing.</exception>
    public static T Read<T>(Option flag, Func<T> read, string? word = null, params IEnumerable<string> known)
    {
        try
        {
            return read();
        }
        catch (ArgumentException e)
        {
            // A message that found fault with a part of the word has said itself what would be right.
            string question = word is not null && e.Message.EndsWith($"'{word}'", StringComparison.Ordinal)
                ? Spelling.Question(word, known)
                : string.Empty;
            throw new ArgumentException($"{flag.Name}: {e.Message}{question}", e);
        }
    }

    /// <summary>Has a flag take these words alone; the error of another names them and the one meant.</summary>
    public static void TakeOnly(this Option flag, params string[] words)
    {
        flag.CompletionSources.Add(words);
        flag.Validators.Add(result => Refuse(result, flag.Name, words));
    }

    /// <inheritdoc cref="TakeOnly(Option, string[])"/>
    public static void TakeOnly(this Argument<string> argument, params string[] words)
    {
        argument.CompletionSources.Add(words);
        argument.Validators.Add(result => Refuse(result, argument.Name, words));
    }

    private static void Refuse(SymbolResult result, string name, string[] words)
    {
        foreach (string word in result.Tokens.Select(token => token.Value).Where(word => !words.Contains(word)))
        {
            string listed = words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} or {words[^1]}";
            result.AddError($"{name}: expected {listed}, found '{word}'{Spelling.Question(word, words)}");
        }
    }

    /// <summary>A flag that takes numbers with commas between them, or with one of other separators.</summary>
    /// <param name="name">The flag.</param>
    /// <param name="description">What its help says.</param>
    /// <param name="expected">What an error says of the numbers, such as "whole numbers".</param>
    /// <param name="style">How a number may be written.</param>
    /// <param name="none">The word for an empty list; null where there has to be a number.</param>
    /// <param name="separators">What may stand between two numbers.</param>
    public static Option<T[]?> NewList<T>(
        string name, string description, string expected, NumberStyles style, string? none,
        params char[] separators)
        where T : INumberBase<T>
    {
        return new Option<T[]?>(name) { Description = description, CustomParser = Parse };

        T[]? Parse(ArgumentResult result)
        {
            string text = string.Join(',', result.Tokens.Select(token => token.Value));
            if (none is not null && text == none)
                return [];
            List<T> values = [];
            foreach (string part in text.Split(separators, StringSplitOptions.TrimEntries))
            {
                if (!T.TryParse(part, style, CultureInfo.InvariantCulture, out T? value))
                {
                    result.AddError($"{name}: expected {expected} with commas between them, found '{text}'");
                    return null;
                }

                values.Add(value);
            }

            return [.. values];
        }
    }

    /// <summary>The list that was given, or null: the parser's value for one that was not is empty.</summary>
    public static T[]? Given<T>(this ParseResult command, Option<T[]?> list) =>
        command.GetValue(list) is { Length: > 0 } values ? values : null;
}
