namespace DenseNetRaw.Cuda.Native;

/// <summary>A kernel of a loaded module; valid as long as the module is.</summary>
internal sealed unsafe class CudaFunction
{
    private readonly nint _function;

    /// <summary>A function of a module.</summary>
    internal CudaFunction(string name, nint function)
    {
        Name = name;
        _function = function;
    }

    /// <summary>The kernel's name in its source.</summary>
    public string Name { get; }

    /// <summary>One of its properties.</summary>
    public int Value(FunctionAttribute attribute)
    {
        CudaException.ThrowIfFailed(DriverApi.cuFuncGetAttribute(out int value, attribute, _function));
        return value;
    }

    /// <summary>Permits launches with so much dynamic shared memory; needed above 48 KiB.</summary>
    public void PermitDynamicSharedBytes(int bytes) => CudaException.ThrowIfFailed(
        DriverApi.cuFuncSetAttribute(_function, FunctionAttribute.MaximumDynamicSharedBytes, bytes));

    /// <summary>Puts one run of the kernel into a stream.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads of a block.</param>
    /// <param name="sharedBytes">Dynamic shared memory of a block.</param>
    /// <param name="arguments">The kernel's arguments in order, each of the type that the kernel declares.</param>
    public void Launch(
        CudaStream stream, Extent3 grid, Extent3 block, int sharedBytes, params ReadOnlySpan<KernelArgument> arguments)
    {
        void** pointers = stackalloc void*[arguments.Length];
        fixed (KernelArgument* values = arguments)
        {
            for (int i = 0; i < arguments.Length; i++)
            {
                pointers[i] = values + i;
            }

            CuResult result = DriverApi.cuLaunchKernel(
                _function, grid.X, grid.Y, grid.Z, block.X, block.Y, block.Z, (uint)sharedBytes, stream, pointers,
                null);
            CudaException.ThrowIfFailed(
                result, result == CuResult.Success ? null : Describe(grid, block, sharedBytes),
                nameof(DriverApi.cuLaunchKernel));
        }
    }

    private string Describe(Extent3 grid, Extent3 block, int sharedBytes) =>
        $"kernel {Name}, grid {grid}, block {block}, {sharedBytes} bytes of shared memory";
}
