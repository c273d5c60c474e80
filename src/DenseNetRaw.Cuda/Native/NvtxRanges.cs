using System.Runtime.InteropServices;
using System.Text;
using DenseNetRaw.Cuda.Libraries;

namespace DenseNetRaw.Cuda.Native;

/// <summary>
/// Named, nested stretches of this thread's time for NVIDIA's profilers, by the library of NVTX 2: libnvToolsExt, which
/// the CUDA toolkits before 12.9 and the package nvidia-nvtx have. Without a profiler a call costs some nanoseconds.
/// </summary>
public sealed unsafe class NvtxRanges
{
    private readonly delegate* unmanaged<byte*, int> _push;
    private readonly delegate* unmanaged<int> _pop;

    private NvtxRanges(nint push, nint pop)
    {
        _push = (delegate* unmanaged<byte*, int>)push;
        _pop = (delegate* unmanaged<int>)pop;
    }

    /// <summary>The library's file.</summary>
    public static string FileName => OperatingSystem.IsWindows() ? "nvToolsExt64_1.dll" : "libnvToolsExt.so.1";

    /// <summary>The library where there is one, in the places where CUDA's are looked for; else null.</summary>
    public static NvtxRanges? Find()
    {
        LibraryPlaces places = new(Environment.GetEnvironmentVariable);
        foreach (LibraryPlace place in places.For(CudaLibrary.Nvrtc))
        {
            string file = place.Folder is null ? FileName : Path.Combine(place.Folder, FileName);
            if (NativeLibrary.TryLoad(file, out nint library)
                && NativeLibrary.TryGetExport(library, "nvtxRangePushA", out nint push)
                && NativeLibrary.TryGetExport(library, "nvtxRangePop", out nint pop))
            {
                return new NvtxRanges(push, pop);
            }
        }

        return null;
    }

    /// <summary>Begins a range within those that are open.</summary>
    public void Push(string name)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            _ = _push(text);
        }
    }

    /// <summary>Ends the innermost range.</summary>
    public void Pop() => _ = _pop();
}
