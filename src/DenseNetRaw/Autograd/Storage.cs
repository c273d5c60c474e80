namespace DenseNetRaw.Autograd;

/// <summary>
/// N×C×H×W elements on one backend. Where they lie is the plan's business; how they lie, and in how many bytes each,
/// is the backend's.
/// </summary>
/// <param name="name">What plans, traces and errors call it.</param>
/// <param name="shape">Its extents.</param>
/// <param name="role">What it is for.</param>
public sealed class Storage(string name, Shape shape, StorageRole role)
{
    /// <summary>What plans, traces and errors call it.</summary>
    public string Name => name;

    /// <summary>Its extents.</summary>
    /// <exception cref="ArgumentException">They are too large, so the storage is never made.</exception>
    public Shape Shape { get; } = shape.IsAddressable
        ? shape
        : throw new ArgumentException(
            $"{name} {shape} is too large: expected C·H·W and N·C of at most 2^31 - 1, and at most 2^40 elements");

    /// <summary>What it is for.</summary>
    public StorageRole Role => role;

    /// <summary>Whether it outlives every step and so lies outside the plan.</summary>
    public bool IsPersistent => role.IsPersistent();

    /// <summary>
    /// Whether its value is dropped after the forward pass and computed again when backward reads it.
    /// </summary>
    public bool IsRecomputed { get; set; }

    /// <summary>Whether it is read after the step, and so lives to its end.</summary>
    public bool IsKept { get; set; }

    /// <summary>Where its first element lies, in the backend's address space; 0 until it is bound.</summary>
    public nint Address { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{name} {shape}";
}
