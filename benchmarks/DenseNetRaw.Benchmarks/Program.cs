using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using DenseNetRaw.Benchmarks;

// dotnet run -c Release --project benchmarks/DenseNetRaw.Benchmarks -- --filter '*Threads: 4, Operation: "norm-relu")'
// In this process: the programs that BenchmarkDotNet would build beside it do not find what lies in artifacts/.
IConfig config = DefaultConfig.Instance
    .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .WithArtifactsPath(Path.Combine("artifacts", "benchmarks"));
BenchmarkSwitcher.FromAssembly(typeof(OperationBenchmarks).Assembly).Run(args, config);
