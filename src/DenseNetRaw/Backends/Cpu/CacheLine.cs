using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>A line of the processor's caches.</summary>
internal static unsafe class CacheLine
{
    /// <summary>Elements of a line.</summary>
    public const int Floats = 16;

    /// <summary>
    /// Has the line that holds <paramref name="element"/> brought to the second-level cache, where the processor can: a
    /// hint, which no address makes fail.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch(float* element)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(element);
        }
    }
}
