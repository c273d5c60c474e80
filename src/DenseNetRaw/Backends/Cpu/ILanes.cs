using System.Runtime.Intrinsics;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// One hardware vector of float32. A kernel is written once over this interface, and the JIT compiles it for each width
/// with every call below turned into an instruction.
/// </summary>
internal unsafe interface ILanes<TSelf>
    where TSelf : unmanaged, ILanes<TSelf>
{
    /// <summary>Elements of the vector.</summary>
    static abstract int Count { get; }

    /// <summary>The value in every lane.</summary>
    static abstract TSelf Broadcast(float value);

    /// <summary>Count elements, at any alignment.</summary>
    static abstract TSelf Load(float* from);

    /// <summary>The first <paramref name="count"/> elements, and zeros; reads nothing beyond them.</summary>
    static abstract TSelf LoadFirst(float* from, int count);

    /// <summary>Writes all lanes.</summary>
    static abstract void Store(TSelf value, float* to);

    /// <summary>Writes the first <paramref name="count"/> lanes.</summary>
    static abstract void StoreFirst(TSelf value, float* to, int count);

    /// <summary>a + b.</summary>
    static abstract TSelf operator +(TSelf a, TSelf b);

    /// <summary>a − b.</summary>
    static abstract TSelf operator -(TSelf a, TSelf b);

    /// <summary>a · b.</summary>
    static abstract TSelf operator *(TSelf a, TSelf b);

    /// <summary>a · b + c, rounded once where the processor can.</summary>
    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>max(0, a), and a where it is not a number.</summary>
    static abstract TSelf Rectify(TSelf a);

    /// <summary>a where z is above zero, else 0.</summary>
    static abstract TSelf WherePositive(TSelf z, TSelf a);

    /// <summary>Halves added to halves until four lanes are left.</summary>
    static abstract Vector128<float> Fold(TSelf a);
}
