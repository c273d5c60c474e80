using DenseNetRaw.Backends;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>What is known of a plan that was played: nothing at first, its graph from the second play on.</summary>
internal sealed class CapturedPlan : IDisposable
{
    private nint _address;
    private StepEnds? _ends;
    private Action<Backend>? _then;
    private bool _isPlayed;

    /// <summary>Whether all of it is work of the device.</summary>
    public bool CanBeCaptured { get; private set; }

    /// <summary>The graph; null until it is captured.</summary>
    public CudaGraphExecutable? Graph { get; set; }

    /// <summary>Whether these very calls were played before, and with their storages where they are now.</summary>
    public bool Knows(nint address, StepEnds? ends, Action<Backend>? then) =>
        _isPlayed && _address == address && _ends == ends && _then == then;

    /// <summary>Notes that a plan was played call by call.</summary>
    /// <param name="address">Where its first storage lies; bound anew, the plan has to be captured anew.</param>
    /// <param name="ends">Where a batch went in and a report came out, if they did.</param>
    /// <param name="then">What followed its calls.</param>
    /// <param name="canBeCaptured">Whether all of it is work of the device.</param>
    public void Note(nint address, StepEnds? ends, Action<Backend>? then, bool canBeCaptured)
    {
        Dispose();
        (_address, _ends, _then, _isPlayed) = (address, ends, then, true);
        CanBeCaptured = canBeCaptured;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Graph?.Dispose();
        Graph = null;
    }
}
