using System.CommandLine;
using System.Globalization;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda;
using Spectre.Console;

namespace DenseNetRaw.Cli.Benchmarks;

/// <summary><c>densenet bench ops</c>: every operation checked, timed, and beside what the machine can do.</summary>
internal sealed class OpsBenchCommand
{
    private const long MostElements = 1 << 30;
    private static readonly Shape DefaultShape = new(64, 96, 32, 32);

    private readonly BackendOptions _backend = new();
    private readonly BenchOutput _output = new();
    private readonly Option<string?> _operations = new("--op")
    {
        Description = "operations, with commas between them; a plain copy is always timed with them "
            + "[default: every one]",
    };
    private readonly Option<int[]?> _shape = Flags.NewList<int>(
        "--shape", "images, channels, rows and columns of the features [default: 64,96,32,32]", "whole numbers",
        NumberStyles.None, none: null, ',', 'x');
    private readonly Option<int[]?> _slice = Flags.NewList<int>(
        "--slice", "first channel and number of channels that the operation takes [default: all]", "whole numbers",
        NumberStyles.None, none: null, ',');
    private readonly Option<int> _launches = new("--launches")
    {
        Description = "launches that are timed",
        DefaultValueFactory = _ => 100,
    };
    private readonly Option<bool> _sweep = new("--sweep")
    {
        Description = "also runs of channels that begin elsewhere, odd numbers of channels, gradients stored rather "
            + "than added to and, on a GPU, other numbers of blocks",
    };

    public static Command New()
    {
        OpsBenchCommand bench = new();
        Command command = new(
            "ops",
            "Time of every operation, median of many launches on operands that lie in no cache. Each is checked "
            + "against the float64 reference, on fewer pixels, and ends with exit code 1 if it is wrong. Bytes are "
            + "those of the formula in the kernel's header: every operand once, what is added to twice. The limit is "
            + "what a probe measures before and after on the same threads or GPU.")
        {
            bench._operations, bench._shape, bench._slice, bench._launches, bench._sweep,
        };
        command.AddAll([.. bench._output.All, .. bench._backend.Device]);
        command.SetAction(bench.Run);
        return command;
    }

    private int Run(ParseResult command)
    {
        IReadOnlyList<TimedOperation> operations =
            Flags.Read(_operations, () => TimedOperations.Named(command.GetValue(_operations)));
        OperationExtents extents = Extents(command);
        int launches = command.GetValue(_launches);
        if (launches < 1)
            throw new ArgumentException($"--launches must be at least 1, found {launches}");
        bool isRight = true, sweeps = command.GetValue(_sweep);
        using Backend backend = _backend.NewBackend(command);
        TextWriter progress = command.InvocationConfiguration.Error;
        _output.Run(
            command, backend,
            operations
                .Where(operation => !operation.IsOnGpusAlone || backend is CudaBackend)
                .SelectMany(operation => new OperationBench(backend, launches, progress)
                    .Measure(operation, extents, sweeps))
                .Select<OperationBenchResult, Func<DeviceLimits?, OperationBenchResult>>(result =>
                {
                    isRight &= result.IsRight;
                    Tell(result, progress);
                    return result.Beside;
                }),
            Write);
        return isRight ? ExitCode.Success : ExitCode.Failure;
    }

    private static void Tell(OperationBenchResult result, TextWriter progress)
    {
        progress.WriteLine($"{result.Operation}, {result.Variant}: {Units.Milliseconds(result.Milliseconds)} ms");
        if (!result.IsRight)
        {
            progress.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Operation}, {result.Variant}: expected at most "
                + $"{OperationCheck.Tolerance(result.Precision):0e+0} from the reference, found "
                + $"{result.MaxError:0.0e+0}"));
        }
    }

    /// <exception cref="ArgumentException">They are no shape, or the slice leaves it.</exception>
    private OperationExtents Extents(ParseResult command)
    {
        int[] extents = command.Given(_shape) ?? JsonOutput.Extents(DefaultShape);
        if (extents.Length != 4 || extents.Contains(0))
            throw new ArgumentException($"--shape: expected four extents above 0, found {string.Join(',', extents)}");
        Shape shape = new(extents[0], extents[1], extents[2], extents[3]);
        if (Math.Min(shape.H, shape.W) < 2 || !shape.IsAddressable || shape.Count > MostElements)
        {
            throw new ArgumentException(
                $"--shape: expected at least 2 rows and columns and at most 2^30 elements, found {shape}");
        }

        int[] slice = command.Given(_slice) ?? [0, shape.C];
        return slice is [int first, int count] && count >= 1 && first <= shape.C - count
            ? new OperationExtents(shape, first, count)
            : throw new ArgumentException(
                $"--slice: expected first channel and number of channels within {shape.C}, found "
                + string.Join(',', slice));
    }

    private static void Write(BenchResults<OperationBenchResult> found, TextWriter output)
    {
        bool sweeps = found.Results.Any(result => result.Variant != found.Results[0].Variant);
        Table table = ConsoleTables.New([
            ("operation", false), .. sweeps ? [("variant", false)] : Array.Empty<(string, bool)>(), ("ms", true),
            ("GB/s", true), ("GFLOP/s", true), ("of limit", true), ("error", true)]);
        foreach (OperationBenchResult result in found.Results)
        {
            string error = result.MaxError.ToString("0.0e+0", CultureInfo.InvariantCulture);
            table.AddPlainRow([
                result.IsOneCall ? result.Operation : $"({result.Operation})",
                .. sweeps ? [result.Variant] : Array.Empty<string>(), Units.Milliseconds(result.Milliseconds),
                BenchText.Number(result.GigabytesPerSecond), BenchText.Number(result.GigaflopsPerSecond),
                BenchText.Share(result.ShareOfLimit), result.IsRight ? error : $"{error} WRONG"]);
        }

        output.WriteTable(table, keys: sweeps ? 2 : 1);
        OperationBenchResult first = found.Results[0];
        output.WriteText(
            $"Features [{string.Join(", ", first.Shape)}], channels {first.Slice[0]} to "
            + $"{first.Slice[0] + first.Slice[1] - 1}, {found.Settings?.Words ?? first.Precision} on {first.Device}; "
            + (first.Launches == 1 ? "one launch." : $"medians of {first.Launches}."));
        if (found.Results.Any(result => !result.IsOneCall))
            output.WriteText("What stands in brackets this device plays as several calls.");
        output.WriteText(BenchText.Limits(found.Limits, found.Results.Select(result => result.ShareOfLimit)));
    }
}
