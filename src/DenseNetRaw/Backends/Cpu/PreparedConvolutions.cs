using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// Where the convolutions of a network find what they read of parameters in an order of their own: packed weights, and
/// gamma and running statistics folded into a scale. Read by all threads at once.
/// </summary>
internal sealed class PreparedConvolutions
{
    private readonly Dictionary<(Storage W, Storage? Gamma, Window Window), long> _offsets = [];

    /// <summary>Bytes reserved.</summary>
    public long Bytes { get; private set; }

    /// <summary>Where they begin; 0 as long as they are only measured.</summary>
    public nint Address { get; set; }

    /// <summary>Reserves bytes for a convolution.</summary>
    /// <exception cref="ArgumentException">It has some already.</exception>
    public void Reserve(Tensor w, Normalisation? norm, Window window, long bytes)
    {
        _offsets.Add(Key(w, norm, window), Bytes);
        Bytes += bytes;
    }

    /// <summary>What was reserved for a convolution; an area that measures, if there is no memory yet.</summary>
    public WorkspaceArea AreaOf(Tensor w, Normalisation? norm, Window window) =>
        new(Address == 0 ? 0 : Address + (nint)_offsets[Key(w, norm, window)]);

    private static (Storage W, Storage? Gamma, Window Window) Key(Tensor w, Normalisation? norm, Window window) =>
        (w.Storage, norm?.Gamma.Storage, window);
}
