using System.CommandLine;
using System.Globalization;
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

    private const string Auto = "auto";
    private const string Cpu = "cpu";
    private const string Cuda = "cuda";
    private const int MostThreads = 1024;

    private const string AutoMeaning =
        ": per layer, what there is room for within --memory-budget, or within nine tenths of what the device can give";

    private readonly Option<string> _device = new("--device")
    {
        Description = "auto, cpu, cuda[:i] (the GPU number i, else the first), or reference (float64 loops, "
            + $"slow); auto is what {DeviceVariable} names, else cuda where it can be used, else cpu. No GPU has run "
            + "cuda yet: it is proven on an emulation",
        DefaultValueFactory = _ => Auto,
    };

    private readonly Option<string> _precision = new("--precision")
    {
        Description = "of the cuda device: fp32, tf32 (fp32 in memory, products on tensor cores) or bf16 (features and "
            + "their gradients in bfloat16, parameters and sums in fp32)",
        DefaultValueFactory = _ => "fp32",
    };

    private readonly Option<long?> _workspace = ByteSizeOption.New(
        "--workspace",
        $"{ByteSizeOption.Form}, that one call of cuBLAS or cuDNN may work in [default: 64MiB]");

    private readonly Option<bool> _deterministic = new("--deterministic")
    {
        Description = "on the cuda device, only algorithms that give the same bits every time; the others always do",
    };

    private readonly Option<bool> _fusedProducts = new("--fused-products")
    {
        Description = "on the cuda device, 1x1 convolutions by own kernels with norm-relu in their loads, which takes "
            + "less memory; experimental: no GPU has shown it faster",
    };

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
    public IReadOnlyList<Option> All => [.. Device, _memory, _budget];

    /// <summary>The flags that choose the device.</summary>
    public IReadOnlyList<Option> Device =>
        [_device, _threads, _precision, _workspace, _deterministic, _fusedProducts];

    /// <summary>
    /// The memory strategy that was asked for; <see cref="MemoryStrategy.Auto"/> if only a budget was given.
    /// </summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public MemoryStrategy Memory(ParseResult command) => Budget(command) is not null && !IsMemoryGiven(command)
        ? MemoryStrategy.Auto
        : Flags.Read(_memory, () => MemoryStrategy.Named(command.GetValue(_memory) ?? MemoryStrategy.Slab.Name));

    /// <summary>Bytes that arena and what lies outside it may take; null if none were given.</summary>
    public long? Budget(ParseResult command) => command.GetValue(_budget);

    /// <summary>A session of that strategy and budget.</summary>
    /// <exception cref="ArgumentException">There is no strategy of that name.</exception>
    public SessionSettings Session(ParseResult command) =>
        new() { Memory = Memory(command), BudgetBytes = Budget(command) };

    /// <summary>Whether a memory strategy was asked for, rather than fallen back on.</summary>
    public bool IsMemoryGiven(ParseResult command) => command.GetResult(_memory) is { Implicit: false };

    /// <summary>A new backend of the kind that was asked for.</summary>
    /// <exception cref="ArgumentException">There is no such device, or the number of threads is impossible.</exception>
    /// <exception cref="NotSupportedException">The device cannot be used here.</exception>
    public Backend NewBackend(ParseResult command)
    {
        string device = NameOfDevice(command);
        if (IsCuda(device) && CudaInstallation.Find().WhyNotUsable is { } why)
        {
            throw new NotSupportedException($"--device {device} cannot be used: {why}; use --device cpu");
        }

        return NewBackend(command, device);
    }

    /// <summary>A backend that is asked for sizes alone: any device may be planned for.</summary>
    /// <exception cref="ArgumentException">There is no such device, or the number of threads is impossible.</exception>
    public Backend NewPlannedBackend(ParseResult command) => NewBackend(command, NameOfDevice(command));

    /// <summary>A backend whose memory is the process's, as measurements of that need; auto is the cpu.</summary>
    /// <exception cref="ArgumentException">There is no such device, or its memory is its own.</exception>
    public Backend NewHostBackend(ParseResult command)
    {
        string device = command.GetValue(_device)!;
        return IsCuda(device)
            ? throw new ArgumentException($"--device {device}: what is measured is the process's memory; use cpu")
            : NewBackend(command, device == Auto ? Cpu : device);
    }

    private static bool IsCuda(string device) =>
        device == Cuda || device.StartsWith($"{Cuda}:", StringComparison.Ordinal);

    private string NameOfDevice(ParseResult command)
    {
        string device = command.GetValue(_device)!;
        return device != Auto ? device
            : Environment.GetEnvironmentVariable(DeviceVariable) is { Length: > 0 } chosen ? chosen
            : CudaInstallation.Find().WhyNotUsable is null ? Cuda
            : Cpu;
    }

    private Backend NewBackend(ParseResult command, string device)
    {
        int threads = command.GetValue(_threads);
        if (threads is < 1 or > MostThreads)
        {
            throw new ArgumentException($"--threads must be at least 1 and at most {MostThreads}, found {threads}");
        }

        return device switch
        {
            "reference" => new ReferenceBackend(),
            Cpu => new CpuBackend(threads),
            _ when IsCuda(device) => new CudaBackend(CudaSettings(command, device)),
            _ => throw new ArgumentException($"--device '{device}' is unknown; expected auto, cpu, cuda or reference"),
        };
    }

    private CudaSettings CudaSettings(ParseResult command, string device)
    {
        int ordinal = 0;
        if (device != Cuda
            && !int.TryParse(device[(Cuda.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ordinal))
        {
            throw new ArgumentException($"--device '{device}' is unknown; expected cuda or cuda:i, i a whole number");
        }

        return new CudaSettings
        {
            Ordinal = ordinal,
            Precision = Precision(command.GetValue(_precision)!),
            WorkspaceBytes = command.GetValue(_workspace) ?? DenseNetRaw.Cuda.CudaSettings.DefaultWorkspaceBytes,
            IsDeterministic = command.GetValue(_deterministic),
            FusesProducts = command.GetValue(_fusedProducts),
        };
    }

    private static CudaPrecision Precision(string name) => name switch
    {
        "fp32" => CudaPrecision.Fp32,
        "tf32" => CudaPrecision.Tf32,
        "bf16" => CudaPrecision.Bf16,
        _ => throw new ArgumentException($"--precision '{name}' is unknown; expected fp32, tf32 or bf16"),
    };
}
