namespace DenseNetRaw.Autograd;

/// <summary>
/// A run of channels of a storage: the only view there is. No type of element and no strides: layout and precision
/// belong to the backend.
/// </summary>
/// <param name="Storage">Where the elements are.</param>
/// <param name="FirstChannel">The first channel of the storage that belongs to the tensor.</param>
/// <param name="Shape">Its extents; all but C are the storage's.</param>
public readonly record struct Tensor(Storage Storage, int FirstChannel, Shape Shape)
{
    /// <summary>Whether the tensor is all of its storage.</summary>
    public bool IsWhole => Shape == Storage.Shape;

    /// <summary>All channels of a storage.</summary>
    public static Tensor Of(Storage storage) => new(storage, 0, storage.Shape);

    /// <summary>
    /// The channels <paramref name="first"/> … <paramref name="first"/> + <paramref name="count"/> − 1.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The run leaves the tensor.</exception>
    public Tensor Channels(int first, int count)
    {
        if (first < 0 || count < 1 || first + count > Shape.C)
        {
            throw new ArgumentOutOfRangeException(
                nameof(first), $"channels {first}…{first + count - 1} of {this} leave its {Shape.C} channels");
        }

        return new Tensor(Storage, FirstChannel + first, Shape with { C = count });
    }

    /// <inheritdoc/>
    public override string ToString() => IsWhole
        ? Storage.ToString()
        : $"{Storage.Name}[{FirstChannel}…{FirstChannel + Shape.C - 1}] {Shape}";
}
