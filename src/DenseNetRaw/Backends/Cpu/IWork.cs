namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// A backend call cut into items that may run in any order and on any thread. What an item computes, and where it
/// leaves it, depends on the item alone, so the result is the same for any number of threads.
/// </summary>
internal interface IWork
{
    /// <summary>Runs one item.</summary>
    /// <param name="item">Which item.</param>
    /// <param name="worker">Which thread runs it, for workspace that each thread has its own of.</param>
    void Run<TLanes>(int item, int worker)
        where TLanes : unmanaged, ILanes<TLanes>;
}
