using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Cuda.Native;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>A GPU, or the emulation of one, with a stream; tests without either are ignored.</summary>
internal sealed class TestDevice : IDisposable
{
    private TestDevice(CudaContext context)
    {
        Context = context;
        Stream = CudaStream.Create(context);
    }

    public CudaContext Context { get; }

    public CudaStream Stream { get; }

    /// <summary>Opens the first device, given that these libraries are there besides the driver.</summary>
    public static TestDevice Open(params IEnumerable<CudaLibrary> libraries)
    {
        CudaInstallation cuda = CudaInstallation.Find();
        if (cuda.Devices.Count == 0)
        {
            Assert.Ignore(cuda.WhyNotUsable!);
        }

        foreach (CudaLibrary library in libraries)
        {
            if (CudaLibraries.Of(library).WhyMissing is { } why)
            {
                Assert.Ignore(why);
            }
        }

        return new TestDevice(CudaContext.Retain(cuda.Devices[0]));
    }

    public DeviceMemory Upload(params float[] values)
    {
        DeviceMemory memory = DeviceMemory.Allocate(Context, sizeof(float) * values.Length);
        using PinnedMemory host = PinnedMemory.Allocate(Context, memory.Bytes);
        values.CopyTo(host.AsSpan<float>());
        Stream.CopyToDevice(host.Pointer, memory.Address, memory.Bytes);
        Stream.Synchronize();
        return memory;
    }

    public float[] Download(DeviceMemory memory)
    {
        using PinnedMemory host = PinnedMemory.Allocate(Context, memory.Bytes);
        Stream.CopyToHost(memory.Address, host.Pointer, memory.Bytes);
        Stream.Synchronize();
        return host.AsSpan<float>().ToArray();
    }

    public void Dispose()
    {
        Stream.Dispose();
        Context.Dispose();
    }
}
