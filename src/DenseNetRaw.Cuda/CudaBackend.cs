using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda.Execution;
using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Cuda.Native;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Cuda;

/// <summary>
/// One GPU: own kernels, cuBLAS for 1×1 convolutions, cuDNN for all others. Images lie as [N, H, W, channels]. Sizes
/// need no device: it is opened when memory is first wanted. Not to be used by two threads at a time.
/// </summary>
public sealed partial class CudaBackend : Backend
{
    private readonly CudaSettings _settings;
    private readonly ElementLayout _layout;
    private CudaMachine? _machine;
    private ConvolutionChoices? _choices;
    private StepState _step;
    private bool _isStepSent;
    private bool _isDisposed;

    /// <summary>A backend on a device that is opened when it is first needed.</summary>
    /// <param name="settings">Which device, and how it computes.</param>
    /// <exception cref="ArgumentException">The workspace is negative, or the device's number is.</exception>
    public CudaBackend(CudaSettings settings)
        : this(settings, ElementLayout.Of(settings.Precision))
    {
    }

    /// <summary>A backend whose kernels work on a layout that no precision has.</summary>
    internal CudaBackend(CudaSettings settings, ElementLayout layout)
    {
        if (settings.WorkspaceBytes < 0 || settings.Ordinal < 0)
        {
            throw new ArgumentException($"expected a device and a workspace of at least 0, found {settings}");
        }

        (_settings, _layout) = (settings, layout);
    }

    /// <inheritdoc/>
    public override string Name => _settings.Ordinal == 0 ? "cuda" : $"cuda:{_settings.Ordinal}";

    /// <summary>Which device, and how it computes.</summary>
    public CudaSettings Settings => _settings;

    /// <inheritdoc/>
    public override StepState Step
    {
        get => _step;
        set
        {
            _step = value;
            _isStepSent = false;
        }
    }

    /// <summary>
    /// Bytes that the device can still give; where there is none, nobody knows, and nothing is in the way.
    /// </summary>
    public override long AvailableBytes =>
        _machine is not null || CudaInstallation.Find().WhyNotUsable is null
            ? Machine.Context.FreeBytes()
            : long.MaxValue;

    /// <inheritdoc/>
    public override long? LibraryWorkspaceBytes => _settings.WorkspaceBytes;

    /// <summary>How storages lie.</summary>
    internal ElementLayout Layout => _layout;

    /// <summary>The queue of the device, for tests.</summary>
    internal CudaStream Stream => Machine.Stream;

    private DeviceStep DeviceStep => new(_step.Seed, _step.Number, (float)_step.LearningRate);

    /// <summary>The device, open and current on this thread.</summary>
    private CudaMachine Machine
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_machine is null)
            {
                Open();
            }

            _machine!.Context.MakeCurrent();
            return _machine;
        }
    }

    /// <inheritdoc/>
    public override long BytesOf(Shape shape, StorageRole role) => _layout.BytesOf(shape, role);

    /// <inheritdoc/>
    public override long ReductionBytes(Shape x) => LaunchShape.BytesOfPartialSums(x);

    /// <inheritdoc/>
    /// <exception cref="InsufficientMemoryException">The device has not that much left.</exception>
    /// <exception cref="NotSupportedException">CUDA cannot be used here; says what is missing.</exception>
    public override Backends.DeviceMemory Allocate(long bytes)
    {
        CudaMachine machine = Machine;
        Native.DeviceMemory memory = Native.DeviceMemory.Allocate(machine.Context, Math.Max(bytes, 1));
        machine.Stream.Fill(0, memory.Address, memory.Bytes);
        return new CudaMemory(memory, bytes);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _machine is not null && !_isDisposed)
        {
            _isDisposed = true;
            _machine.Context.WaitQuietly();
            foreach ((MemoryPlan _, CapturedPlan captured) in _captured)
            {
                captured.Dispose();
            }

            _choices!.Dispose();
            _machine.Dispose();
        }

        _isDisposed = true;
        base.Dispose(disposing);
    }

    private void Open()
    {
        CudaMachine machine = CudaMachine.Open(_settings.Ordinal, ProductMath);
        _choices = new ConvolutionChoices(machine, _settings);
        _machine = machine;
    }

    /// <summary>Where kernels read the step's state, which is sent there if it has changed.</summary>
    private ulong StepOn(CudaMachine machine)
    {
        if (!_isStepSent)
        {
            DeviceStep step = DeviceStep;
            machine.Send(MemoryMarshal.AsBytes(new ReadOnlySpan<DeviceStep>(in step)), machine.Step);
            _isStepSent = true;
        }

        return machine.Step;
    }

    private static Extent ExtentOf(Tensor x) => new((long)x.Shape.N * x.Shape.Plane, x.Shape.C);

    private static Slice SliceOf(Operand x) => new(x.First, x.Pitch);

    private static int Stores(Grant grant) => grant.Stores ? 1 : 0;

    private static Partials PartialsIn(
        Grant grant, CudaMachine machine, [CallerMemberName] string operation = "") => new(
        (ulong)(grant.Workspace?.Address
            ?? throw new InvalidOperationException($"{operation} on a GPU needs the workspace that it stated")),
        machine.Counters);

    /// <summary>
    /// The widest group of channels whose accesses are aligned in all slices, as width_for of common.cuh.
    /// </summary>
    private static int WidthFor(params ReadOnlySpan<Operand> slices)
    {
        int widest = 4;
        bool isFour = true;
        foreach (Operand slice in slices)
        {
            widest = slice.Type == ElementType.Bf16 ? 8 : widest;
            isFour &= slice.IsAligned(4);
        }

        foreach (Operand slice in slices)
        {
            if (!slice.IsAligned(widest))
            {
                return isFour ? 4 : 1;
            }
        }

        return widest;
    }

    private ulong VectorOf(Tensor x) => _layout.Of(x).First;
}
