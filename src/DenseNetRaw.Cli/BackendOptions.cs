using System.CommandLine;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Cli;

/// <summary>The flags that choose where and how a model runs.</summary>
internal sealed class BackendOptions
{
    private const int MostThreads = 1024;

    private readonly Option<string> _device = new("--device")
    {
        Description = "auto, cpu, or reference (float64 loops, slow)",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<int> _threads = new("--threads")
    {
        Description = "threads of the cpu device; one a core unless given",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    private readonly Option<string> _memory = new("--memory")
    {
        Description = "what is kept for the backward pass: "
            + string.Join(", ", MemoryStrategy.Ladder.Select(s => s.Name)),
        DefaultValueFactory = _ => MemoryStrategy.Slab.Name,
    };

    /// <summary>Every flag.</summary>
    public IReadOnlyList<Option> All => [_device, _threads, _memory];

    /// <summary>The memory strategy that was asked for.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public MemoryStrategy Memory(ParseResult command) => MemoryStrategy.Named(command.GetValue(_memory)!);

    /// <summary>Whether a memory strategy was asked for, rather than fallen back on.</summary>
    public bool IsMemoryGiven(ParseResult command) => command.GetResult(_memory) is { Implicit: false };

    /// <summary>A new backend of the kind that was asked for.</summary>
    /// <exception cref="ArgumentException">There is no such device, or the number of threads is impossible.</exception>
    /// <exception cref="NotSupportedException">The device cannot be used here.</exception>
    public Backend NewBackend(ParseResult command)
    {
        string device = command.GetValue(_device)!;
        int threads = command.GetValue(_threads);
        if (threads is < 1 or > MostThreads)
        {
            throw new ArgumentException($"--threads must be at least 1 and at most {MostThreads}, found {threads}");
        }

        return device switch
        {
            "reference" => new ReferenceBackend(),
            "auto" or "cpu" => new CpuBackend(threads),
            _ when device == "cuda" || device.StartsWith("cuda:", StringComparison.Ordinal) =>
                throw new NotSupportedException(
                    "--device cuda cannot be used: this build has no CUDA backend; use --device cpu"),
            _ => throw new ArgumentException($"--device '{device}' is unknown; expected auto, cpu or reference"),
        };
    }
}
