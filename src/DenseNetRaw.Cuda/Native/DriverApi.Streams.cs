using System.Runtime.InteropServices;

namespace DenseNetRaw.Cuda.Native;

/// <content>Streams, events and graphs.</content>
internal static unsafe partial class DriverApi
{
    [LibraryImport(Library)]
    internal static partial CuResult cuStreamCreate(out nint stream, uint flags);

    [LibraryImport(Library)]
    internal static partial CuResult cuStreamDestroy_v2(nint stream);

    [LibraryImport(Library)]
    internal static partial CuResult cuStreamSynchronize(CudaStream stream);

    [LibraryImport(Library)]
    internal static partial CuResult cuStreamQuery(CudaStream stream);

    [LibraryImport(Library)]
    internal static partial CuResult cuStreamWaitEvent(CudaStream stream, CudaEvent waited, uint flags);

    [LibraryImport(Library)]
    internal static partial CuResult cuEventCreate(out nint created, uint flags);

    [LibraryImport(Library)]
    internal static partial CuResult cuEventRecord(CudaEvent recorded, CudaStream stream);

    [LibraryImport(Library)]
    internal static partial CuResult cuEventQuery(CudaEvent queried);

    [LibraryImport(Library)]
    internal static partial CuResult cuEventSynchronize(CudaEvent waited);

    [LibraryImport(Library)]
    internal static partial CuResult cuEventElapsedTime(out float milliseconds, CudaEvent start, CudaEvent end);

    [LibraryImport(Library)]
    internal static partial CuResult cuEventElapsedTime_v2(out float milliseconds, CudaEvent start, CudaEvent end);

    [LibraryImport(Library)]
    internal static partial CuResult cuEventDestroy_v2(nint destroyed);

    [LibraryImport(Library)]
    internal static partial CuResult cuStreamBeginCapture_v2(CudaStream stream, CaptureMode mode);

    [LibraryImport(Library)]
    internal static partial CuResult cuStreamEndCapture(CudaStream stream, out nint graph);

    [LibraryImport(Library)]
    internal static partial CuResult cuGraphDestroy(nint graph);

    [LibraryImport(Library)]
    internal static partial CuResult cuGraphGetNodes(CudaGraph graph, nint* nodes, ref nuint count);

    [LibraryImport(Library)]
    internal static partial CuResult cuGraphInstantiateWithFlags(out nint executable, CudaGraph graph, ulong flags);

    [LibraryImport(Library)]
    internal static partial CuResult cuGraphUpload(CudaGraphExecutable executable, CudaStream stream);

    [LibraryImport(Library)]
    internal static partial CuResult cuGraphLaunch(CudaGraphExecutable executable, CudaStream stream);

    [LibraryImport(Library)]
    internal static partial CuResult cuGraphExecDestroy(nint executable);
}
