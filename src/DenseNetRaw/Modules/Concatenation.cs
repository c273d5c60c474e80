using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Modules;

/// <summary>Feature maps one after another as one contiguous copy, for the strategies that are not in place.</summary>
internal static class Concatenation
{
    /// <summary>Records the copy, or returns the feature map if there is but one.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="name">What it is a concatenation of.</param>
    /// <param name="parts">The feature maps, of one plane.</param>
    public static Variable Record(Tape tape, string name, IReadOnlyList<Variable> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }

        Shape shape = parts[0].Shape with { C = parts.Sum(part => part.Shape.C) };
        Variable concatenated = tape.KeepOrRecompute(
            KeptValues.Concatenations,
            tape.NewVariable($"{name}.concatenation{parts.Count - 1}", shape, StorageRole.Concatenation));
        int channels = 0;
        foreach (Variable part in parts)
        {
            Copy.Record(tape, part, concatenated.Channels(channels, part.Shape.C));
            channels += part.Shape.C;
        }

        return concatenated;
    }
}
