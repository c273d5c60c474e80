using System.CommandLine;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli;

/// <summary>The flags that change the extents of one family of networks.</summary>
internal abstract class FamilyOptions
{
    /// <summary>Every flag.</summary>
    public abstract IReadOnlyList<Option> All { get; }

    /// <summary>The models that the flags are for, in words.</summary>
    public abstract string Models { get; }

    /// <summary>Whether the flags are for this network.</summary>
    public abstract bool AreFor(ModelConfiguration model);

    /// <summary>The flag for the layers of each block or stage, and so the depth; null if there is none.</summary>
    public virtual Option<int[]?>? Layers => null;

    /// <summary>A network of the family with the extents that were given.</summary>
    public abstract ModelConfiguration Override(ModelConfiguration model, ParseResult command);
}
