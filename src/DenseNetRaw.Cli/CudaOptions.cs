using System.CommandLine;
using System.Globalization;
using DenseNetRaw.Cuda;

namespace DenseNetRaw.Cli;

/// <summary>The flags of the cuda device alone.</summary>
internal sealed class CudaOptions
{
    /// <summary>How far the device is proven; to be taken out when a GPU has run it.</summary>
    public const string Proof = "No GPU has run cuda yet: it is proven on an emulation";

    /// <summary>The name of the device.</summary>
    public const string Device = "cuda";

    private readonly Option<string> _precision = new("--precision")
    {
        Description = "of the cuda device: fp32, tf32 (fp32 in memory, products on tensor cores) or bf16 (features and "
            + "their gradients in bfloat16, parameters and sums in fp32)",
        DefaultValueFactory = _ => "fp32",
    };

    private readonly Option<long?> _workspace = ByteSizeOption.New(
        "--workspace",
        $"of the cuda device: {ByteSizeOption.Form}, that one call of cuBLAS or cuDNN may work in [default: 64MiB]");

    private readonly Option<bool> _deterministic = new("--deterministic")
    {
        Description = "bit-equal results for one build, machine kind, device and number of threads: on the cuda "
            + "device only algorithms that give the same bits every time; cpu and reference always do",
    };

    private readonly Option<bool> _fusedProducts = new("--fused-products")
    {
        Description = "on the cuda device, 1x1 convolutions by own kernels with norm-relu in their loads, which takes "
            + "less memory; experimental: no GPU has shown it faster",
    };

    /// <summary>Every flag.</summary>
    public IReadOnlyList<Option> All => [_precision, _workspace, _deterministic, _fusedProducts];

    /// <summary>Whether a device is a GPU, such as cuda or cuda:1.</summary>
    public static bool IsCuda(string device) =>
        device == Device || device.StartsWith($"{Device}:", StringComparison.Ordinal);

    /// <summary>What was asked for of a GPU.</summary>
    /// <param name="command">The parsed command line.</param>
    /// <param name="device">cuda or cuda:i.</param>
    /// <exception cref="ArgumentException">There is no such device or precision.</exception>
    public CudaSettings Read(ParseResult command, string device)
    {
        int ordinal = 0;
        if (device != Device
            && !int.TryParse(
                device[(Device.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out ordinal))
        {
            throw new ArgumentException($"--device '{device}' is unknown; expected cuda or cuda:i, i a whole number");
        }

        return new CudaSettings
        {
            Ordinal = ordinal,
            Precision = Precision(command.GetValue(_precision)!),
            WorkspaceBytes = command.GetValue(_workspace) ?? CudaSettings.DefaultWorkspaceBytes,
            IsDeterministic = command.GetValue(_deterministic),
            FusesProducts = command.GetValue(_fusedProducts),
        };
    }

    /// <summary>
    /// The flags that were given and mean nothing on a device that is no GPU and computes in one precision.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such precision anywhere.</exception>
    public IReadOnlyList<string> WithoutMeaning(ParseResult command, string precision)
    {
        string asked = command.GetValue(_precision)!;
        Precision(asked);
        return
        [
            .. IsGiven(command, _precision) && asked != precision ? [_precision.Name] : Array.Empty<string>(),
            .. IsGiven(command, _workspace) ? [_workspace.Name] : Array.Empty<string>(),
            .. command.GetValue(_fusedProducts) ? [_fusedProducts.Name] : Array.Empty<string>(),
        ];
    }

    private static bool IsGiven(ParseResult command, Option option) =>
        command.GetResult(option) is { Implicit: false };

    private static CudaPrecision Precision(string name) => name switch
    {
        "fp32" => CudaPrecision.Fp32,
        "tf32" => CudaPrecision.Tf32,
        "bf16" => CudaPrecision.Bf16,
        _ => throw new ArgumentException($"--precision '{name}' is unknown; expected fp32, tf32 or bf16"),
    };
}
