using System.Runtime.InteropServices;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda;
using DenseNetRaw.Cuda.Execution;
using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Tests.Cuda.Kernels;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>Backends on a GPU, or on the emulation of one; tests without either are ignored.</summary>
internal static class TestBackend
{
    /// <summary>A backend with a workspace that does not slow the emulation down.</summary>
    public static CudaBackend New(CudaPrecision precision, bool isDeterministic = false, bool fusesProducts = false)
    {
        Require();
        return new CudaBackend(
            Settings(precision) with { IsDeterministic = isDeterministic, FusesProducts = fusesProducts });
    }

    /// <summary>A backend whose kernels work on these types.</summary>
    public static CudaBackend New(ElementType features, ElementType gradients)
    {
        Require();
        CudaPrecision precision = features == ElementType.Bf16 ? CudaPrecision.Bf16 : CudaPrecision.Fp32;
        return new CudaBackend(Settings(precision), new ElementLayout(features, gradients));
    }

    /// <summary>The first device's compute capability as a number: 80 for Ampere.</summary>
    public static int ComputeCapability => CudaInstallation.Find().Devices[0].ComputeCapability.Number;

    /// <summary>The emulation's algorithms want up to 2 MiB; what a real cuDNN wants, nobody knows.</summary>
    public static long WorkspaceBytes => IsEmulation ? 2 << 20 : CudaSettings.DefaultWorkspaceBytes;

    /// <summary>Whether backends run on the emulation, given that they run at all.</summary>
    public static bool IsEmulation =>
        CudaLibraries.Of(CudaLibrary.Driver).FilePath == Path.Combine(Emulation.Folder, "libcuda.so.1");

    /// <summary>Ignores the test where no CUDA can be used.</summary>
    public static void Require()
    {
        if (CudaInstallation.Find().WhyNotUsable is { } why)
        {
            Assert.Ignore(Emulation.WhyAbsent ?? why);
        }
    }

    /// <summary>The emulation, where it is what backends run on; ignores the test where they run on a GPU.</summary>
    public static Emulation RequireEmulation()
    {
        Require();
        if (!IsEmulation)
        {
            Assert.Ignore("a GPU keeps no log of its calls, and its cuDNN has other algorithms");
        }

        return Emulation.Require();
    }

    /// <summary>Memory of the device with these values.</summary>
    public static DeviceMemory Put<T>(this CudaBackend cuda, T[] values)
        where T : unmanaged
    {
        byte[] bytes = MemoryMarshal.AsBytes<T>(values).ToArray();
        DeviceMemory memory = cuda.Allocate(bytes.Length);
        GCHandle pinned = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        cuda.Stream.CopyToDevice(pinned.AddrOfPinnedObject(), (ulong)memory.Address, bytes.Length);
        cuda.Stream.Synchronize();
        pinned.Free();
        return memory;
    }

    /// <summary>The bytes in memory of the device.</summary>
    public static byte[] Bytes(this CudaBackend cuda, nint address, long count)
    {
        byte[] bytes = new byte[count];
        GCHandle pinned = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        cuda.Stream.CopyToHost((ulong)address, pinned.AddrOfPinnedObject(), count);
        cuda.Stream.Synchronize();
        pinned.Free();
        return bytes;
    }

    private static CudaSettings Settings(CudaPrecision precision) =>
        new() { Precision = precision, WorkspaceBytes = WorkspaceBytes };
}
