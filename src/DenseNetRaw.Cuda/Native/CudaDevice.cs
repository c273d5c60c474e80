using System.Text;

namespace DenseNetRaw.Cuda.Native;

/// <summary>A GPU and what it can do.</summary>
public sealed record CudaDevice
{
    private const int NameBytes = 256;

    private CudaDevice(int ordinal, int number)
    {
        Ordinal = ordinal;
        Number = number;
        Name = NameOf(number);
        ComputeCapability = new ComputeCapability(
            Value(DeviceAttribute.ComputeCapabilityMajor), Value(DeviceAttribute.ComputeCapabilityMinor));
        CudaException.ThrowIfFailed(DriverApi.cuDeviceTotalMem_v2(out nuint bytes, number));
        TotalBytes = (long)bytes;
        MultiprocessorCount = Value(DeviceAttribute.MultiprocessorCount);
    }

    /// <summary>Its place among the devices of this process: 0 of <c>cuda:0</c>.</summary>
    public int Ordinal { get; }

    /// <summary>NVIDIA's name of it.</summary>
    public string Name { get; }

    /// <summary>The generation of its instructions.</summary>
    public ComputeCapability ComputeCapability { get; }

    /// <summary>Bytes of its memory.</summary>
    public long TotalBytes { get; }

    /// <summary>How many multiprocessors it has: what NVIDIA compares to cores.</summary>
    public int MultiprocessorCount { get; }

    /// <summary>The driver's number of it (CUdevice).</summary>
    internal int Number { get; }

    /// <summary>The device of an ordinal; the driver is initialised.</summary>
    internal static CudaDevice At(int ordinal)
    {
        CudaException.ThrowIfFailed(DriverApi.cuDeviceGet(out int number, ordinal));
        return new CudaDevice(ordinal, number);
    }

    /// <summary>One of its properties.</summary>
    internal int Value(DeviceAttribute attribute)
    {
        CudaException.ThrowIfFailed(DriverApi.cuDeviceGetAttribute(out int value, attribute, Number));
        return value;
    }

    private static string NameOf(int number)
    {
        Span<byte> name = stackalloc byte[NameBytes];
        name.Clear();
        CudaException.ThrowIfFailed(DriverApi.cuDeviceGetName(name, name.Length - 1, number));
        return Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)]);
    }
}
