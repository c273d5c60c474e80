using BenchmarkDotNet.Attributes;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Cli.Benchmarks;

namespace DenseNetRaw.Benchmarks;

/// <summary>
/// Every operation of the CPU backend by itself, on the same operands over and over, so from a cache where they fit:
/// what <c>densenet bench ops</c> times from memory. It finds what a change to a kernel does.
/// </summary>
public class OperationBenchmarks : IDisposable
{
    private CpuBackend? _cpu;
    private OperationOperands? _operands;
    private Action _call = () => { };

    /// <summary>The operations, as <c>bench ops</c> calls them.</summary>
    public static IEnumerable<string> Names => TimedOperations.All.Select(operation => operation.Name);

    /// <summary>The operation.</summary>
    [ParamsSource(nameof(Names))]
    public string Operation { get; set; } = TimedOperation.PlainCopy;

    /// <summary>Rows and columns of the features: those of the three blocks of a network on CIFAR.</summary>
    [Params(32, 16, 8)]
    public int Size { get; set; }

    /// <summary>Threads that compute.</summary>
    [Params(1, 4)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _cpu = new CpuBackend(Threads);
        OperationExtents extents = new(new Shape(64, 96, Size, Size), First: 0, Count: 96);
        _operands = new OperationOperands(_cpu, extents, stores: false);
        _call = TimedOperations.All.Single(operation => operation.Name == Operation).Prepare(_operands);
    }

    [Benchmark]
    public void Call() => _call();

    [GlobalCleanup]
    public void Dispose()
    {
        _operands?.Dispose();
        _cpu?.Dispose();
        GC.SuppressFinalize(this);
    }
}
