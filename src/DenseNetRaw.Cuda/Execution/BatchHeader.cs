using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>What a slot begins with: <c>Batch</c> of kernels/batch.cu.</summary>
/// <param name="Step">Seed, number and learning rate of the step.</param>
/// <param name="Seed">What crops and flips follow from.</param>
/// <param name="RandomStream">The stream that they are drawn from.</param>
/// <param name="Epoch">The epoch that they are drawn for.</param>
/// <param name="IsAugmented">1 if images are cropped and flipped.</param>
[StructLayout(LayoutKind.Sequential)]
internal record struct BatchHeader(
    DeviceStep Step, ulong Seed, uint RandomStream, uint Epoch, int IsAugmented)
{
    /// <summary>[3, 256], the normalised value of each byte.</summary>
    public Levels Table;

    /// <summary>3 · 256 numbers.</summary>
    [InlineArray(Count)]
    internal struct Levels
    {
        /// <summary>Colours times levels of each.</summary>
        public const int Count = 3 * 256;

        private float _first;
    }
}
