using System.CommandLine;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cuda;
using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Memory;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary>The flags that choose where and how a model runs.</summary>
internal sealed class BackendOptions
{
    /// <summary>What a memory budget is for.</summary>
    public const string BudgetMeaning =
        $"{ByteSizeOption.Form}, that the step's arena and what lies outside it (parameters, their gradients, "
        + "momentum, running statistics) may take together";

    /// <summary>The environment variable that says which device <c>--device auto</c> is.</summary>
    public const string DeviceVariable = "DENSENET_DEVICE";

    /// <summary>The device that has <c>--threads</c>.</summary>
    public const string Cpu = "cpu";

    private const string Auto = "auto";
    private const int MostThreads = 1024;

    private const string AutoMeaning =
        ": per layer, what there is room for within --memory-budget, or within nine tenths of what the device can give";

    private readonly Option<string> _device = new("--device")
    {
        Description = "auto, cpu, cuda[:i] (the GPU number i, else the first), or reference (float64 loops, "
            + $"slow); auto is what {DeviceVariable} names, else cuda where it can be used, else cpu. "
            + CudaOptions.Proof,
        DefaultValueFactory = _ => Auto,
    };

    private readonly CudaOptions _cuda = new();
    private readonly Option<int> _threads = new("--threads")
    {
        Description = "threads of the cpu device; one a core unless given",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    private readonly Option<string?> _memory;
    private readonly Option<long?> _budget;

    /// <summary>The flags of a command that trains, or that plans one step as if it did.</summary>
    public BackendOptions()
        : this(
            "what is kept for the backward pass",
            "what needs more is refused [default of --memory with it: auto]",
            $"{AutoMeaning} [default: {MemoryStrategy.Slab.Name}]")
    {
    }

    private BackendOptions(string memory, string budget, string defaultMemory)
    {
        _memory = new Option<string?>("--memory")
        {
            Description =
                $"{memory}: {string.Join(", ", MemoryStrategy.Ladder.Select(s => s.Name))} or auto{defaultMemory}",
        };
        _budget = ByteSizeOption.New("--memory-budget", $"{BudgetMeaning}; {budget}");
    }

    /// <summary>The flags of a command that plans all strategies.</summary>
    public static BackendOptions OfEveryStrategy() => new(
        "plan this one alone, by what is kept for the backward pass",
        "with it auto is planned, too; a strategy that --memory names, or auto, that needs more is refused",
        $"{AutoMeaning} [default: every strategy]");

    /// <summary>The flags of a command that evaluates.</summary>
    public static BackendOptions OfEvaluation() => new(
        "how dense blocks lie in memory, as for training; nothing is kept for a backward pass",
        "a batch that needs more is refused",
        $" [default: {MemoryStrategy.Slab.Name}]");

    /// <summary>Every flag.</summary>
    public IReadOnlyList<Option> All => [.. Device, .. OfMemory];

    /// <summary>The flags that choose what is kept.</summary>
    public IReadOnlyList<Option> OfMemory => [_memory, _budget];

    /// <summary>The flags that choose the device.</summary>
    public IReadOnlyList<Option> Device => [_device, _threads, .. _cuda.All];

    /// <summary>
    /// The memory strategy that was asked for; <see cref="MemoryStrategy.Auto"/> if only a budget was given.
    /// </summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public MemoryStrategy Memory(ParseResult command) => Budget(command) is not null && !IsMemoryGiven(command)
        ? MemoryStrategy.Auto
        : Flags.Read(
            _memory, () => MemoryStrategy.Named(command.GetValue(_memory) ?? MemoryStrategy.Slab.Name),
            command.GetValue(_memory), [.. MemoryStrategy.Ladder.Append(MemoryStrategy.Auto).Select(s => s.Name)]);

    /// <summary>Bytes that arena and what lies outside it may take; null if none were given.</summary>
    public long? Budget(ParseResult command) => command.GetValue(_budget);

    /// <summary>
    /// Flags that a run that goes on on a device of another kind, or with this strategy, does not take from its past.
    /// </summary>
    /// <param name="command">The parsed command line.</param>
    /// <param name="past">The name of the device that it was trained on.</param>
    public IReadOnlyList<Option> NotSaved(ParseResult command, string past)
    {
        bool isDeviceOther = command.GetResult(_device) is { Implicit: false }
            && KindOf(NameOfDevice(command)) != KindOf(past);
        bool isMemoryGiven = IsMemoryGiven(command) || Budget(command) is not null;
        return [.. isDeviceOther ? Device : [], .. isMemoryGiven ? new Option[] { _memory, _budget } : []];
    }

    /// <summary>A session of that strategy and budget.</summary>
    /// <exception cref="ArgumentException">There is no strategy of that name.</exception>
    public SessionSettings Session(ParseResult command) =>
        new() { Memory = Memory(command), BudgetBytes = Budget(command) };

    /// <summary>Whether a memory strategy was asked for, rather than fallen back on.</summary>
    public bool IsMemoryGiven(ParseResult command) => command.GetResult(_memory) is { Implicit: false };

    /// <summary>
    /// A new backend of the kind that was asked for. Where auto is not a GPU, flags of one are named on the error
    /// stream.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// There is no such device, it has no use for one of the flags, or the number of threads is impossible.
    /// </exception>
    /// <exception cref="NotSupportedException">The device cannot be used here.</exception>
    public Backend NewBackend(ParseResult command)
    {
        string device = NameOfDevice(command);
        Backend backend = NewBackend(command, device, "running on");
        return backend is CudaBackend && CudaInstallation.Find().WhyNotUsable is { } why
            ? throw new NotSupportedException($"--device {device} cannot be used: {why}; use --device {Cpu}")
            : backend;
    }

    /// <summary>A backend that is asked for sizes alone: any device may be planned for.</summary>
    /// <inheritdoc cref="NewBackend(ParseResult)"/>
    public Backend NewPlannedBackend(ParseResult command) =>
        NewBackend(command, NameOfDevice(command), "planning for");

    /// <summary>A backend whose memory is the process's, as measurements of that need; auto is the cpu.</summary>
    /// <exception cref="ArgumentException">There is no such device, or its memory is its own.</exception>
    public Backend NewHostBackend(ParseResult command)
    {
        string device = command.GetValue(_device)!;
        return CudaOptions.IsCuda(device)
            ? throw new ArgumentException($"--device {device}: what is measured is the process's memory; use {Cpu}")
            : NewOtherBackend(command, device == Auto ? Cpu : device, instead: null);
    }

    private static string KindOf(string device) => CudaOptions.IsCuda(device) ? CudaOptions.Device : device;

    private static string? ChosenDevice() =>
        Environment.GetEnvironmentVariable(DeviceVariable) is { Length: > 0 } chosen ? chosen : null;

    private string NameOfDevice(ParseResult command)
    {
        string device = command.GetValue(_device)!;
        return device != Auto ? device
            : ChosenDevice() ?? (CudaInstallation.Find().WhyNotUsable is null ? CudaOptions.Device : Cpu);
    }

    private Backend NewBackend(ParseResult command, string device, string doing) => CudaOptions.IsCuda(device)
        ? new CudaBackend(_cuda.Read(command, device))
        : NewOtherBackend(command, device, command.GetValue(_device) == Auto ? doing : null);

    /// <param name="command">The parsed command line.</param>
    /// <param name="device">Not a GPU.</param>
    /// <param name="instead">
    /// What is done on a device that nobody asked for; null where it was asked for, which makes a GPU's flags an error.
    /// </param>
    private Backend NewOtherBackend(ParseResult command, string device, string? instead)
    {
        int threads = command.GetValue(_threads);
        if (threads is < 1 or > MostThreads)
        {
            throw new ArgumentException($"--threads must be at least 1 and at most {MostThreads}, found {threads}");
        }

        Backend backend = device switch
        {
            "reference" => new ReferenceBackend(),
            Cpu => new CpuBackend(threads),
            _ => throw new ArgumentException(
                $"--device '{device}' is unknown; expected auto, cpu, cuda or reference"
                + Spelling.Question(device, [Auto, Cpu, CudaOptions.Device, "reference"])),
        };
        string precision = DeviceSettings.Of(backend).Precision;
        if (_cuda.WithoutMeaning(command, precision) is { Count: > 0 } flags)
        {
            string sentence = $"{string.Join(" and ", flags)}: of the cuda device alone";
            if (instead is null)
            {
                throw new ArgumentException($"{sentence}; found --device {device}, which computes in {precision}");
            }

            string why = ChosenDevice() is null
                ? $"cuda cannot be used: {CudaInstallation.Find().WhyNotUsable}"
                : $"{DeviceVariable} is {device}";
            command.InvocationConfiguration.Error.WriteLine(
                $"{why}; {instead} {device}, {precision} ({sentence})");
        }

        return backend;
    }
}
