namespace DenseNetRaw.Memory;

/// <summary>A stretch of the step, in calls, during which a storage holds something that will be read.</summary>
/// <param name="First">The call that begins it.</param>
/// <param name="Last">The last call that touches it.</param>
public readonly record struct Lifetime(int First, int Last)
{
    /// <summary>Whether two stretches share a call.</summary>
    public bool Overlaps(Lifetime other) => First <= other.Last && other.First <= Last;

    /// <summary>Whether the stretch holds the call.</summary>
    public bool Contains(int call) => First <= call && call <= Last;
}
