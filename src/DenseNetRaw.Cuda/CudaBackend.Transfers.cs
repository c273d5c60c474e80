using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DenseNetRaw.Autograd;
using DenseNetRaw.Cuda.Execution;
using DenseNetRaw.Cuda.Native;

namespace DenseNetRaw.Cuda;

/// <content>
/// Uploads and downloads: values in order [N, C, H, W] pass through a staging buffer on the device, where a kernel puts
/// them into the device's order or takes them from it.
/// </content>
public sealed partial class CudaBackend
{
    private const int ChunkBytes = 8 << 20;

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<float> values, Tensor x) => Upload(values, ElementType.F32, x);

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<double> values, Tensor x) => Upload(values, ElementType.F64, x);

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<int> values, Tensor labels) =>
        Machine.Send(MemoryMarshal.AsBytes(values), labels.Storage.Address);

    /// <inheritdoc/>
    public override void Download(Tensor x, Span<float> values) => Download(x, ElementType.F32, values);

    /// <inheritdoc/>
    public override void Download(Tensor x, Span<double> values) => Download(x, ElementType.F64, values);

    /// <summary>How many images of T lie in the staging buffer at a time: one, if even that is larger.</summary>
    private static int ImagesOfAChunk<T>(Tensor x) =>
        Math.Clamp(ChunkBytes / Math.Max(1, x.Shape.C * x.Shape.Plane * Unsafe.SizeOf<T>()), 1, x.Shape.N);

    private void Upload<T>(ReadOnlySpan<T> values, ElementType type, Tensor x)
        where T : unmanaged
    {
        CudaMachine machine = Machine;
        Operand y = _layout.Of(x);
        CudaFunction unpack = machine.Kernels.Find("layout", "unpack", type, y.Type);
        int image = x.Shape.C * x.Shape.Plane, images = ImagesOfAChunk<T>(x);
        for (int n = 0; n < x.Shape.N; n += images)
        {
            int count = Math.Min(images, x.Shape.N - n);
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(values.Slice(n * image, count * image));
            ulong staging = machine.Staging(bytes.Length);
            machine.Send(bytes, staging);
            Extent extent = new((long)count * x.Shape.Plane, x.Shape.C);
            machine.Launch(
                unpack, LaunchShape.Over(extent, 1, machine.Multiprocessors), staging, x.Shape.Plane, extent,
                SliceOf(y.From((long)n * x.Shape.Plane)));
        }
    }

    private void Download<T>(Tensor x, ElementType type, Span<T> values)
        where T : unmanaged
    {
        CudaMachine machine = Machine;
        Operand from = _layout.Of(x);
        CudaFunction pack = machine.Kernels.Find("layout", "pack", from.Type, type);
        int image = x.Shape.C * x.Shape.Plane, images = ImagesOfAChunk<T>(x);
        for (int n = 0; n < x.Shape.N; n += images)
        {
            int count = Math.Min(images, x.Shape.N - n);
            Span<byte> bytes = MemoryMarshal.AsBytes(values.Slice(n * image, count * image));
            ulong staging = machine.Staging(bytes.Length);
            Extent extent = new((long)count * x.Shape.Plane, x.Shape.C);
            machine.Launch(
                pack, LaunchShape.Over(extent, 1, machine.Multiprocessors),
                SliceOf(from.From((long)n * x.Shape.Plane)), x.Shape.Plane, extent, staging);
            machine.Receive(staging, bytes);
        }
    }
}
