using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DenseNetRaw.Models;
using DenseNetRaw.Serialization;
using DenseNetRaw.Training;

namespace DenseNetRaw.Cli;

/// <summary><c>densenet export</c>: weights as a file that other programs read.</summary>
internal static class ExportCommand
{
    private const string OnnxExtension = ".onnx", SafetensorsExtension = ".safetensors";

    public static Command New()
    {
        WeightsOptions weights = new();
        Option<string> output = new("--output")
        {
            Description = "the file: .onnx, of DenseNets alone, or .safetensors, of every model; of a DenseNet in the "
                + "ImageNet form with torchvision's names",
            Required = true,
        };
        Command command = new(
            "export", "Write weights as safetensors in float32, or, of DenseNets alone, as ONNX.") { output };
        command.AddAll(weights.All);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(output)!;
            bool isOnnx = IsOnnx(path);
            (SafetensorsFile file, TrainedModel? description) = weights.Read(parsed);
            ModelConfiguration model = weights.Configuration(parsed, description);
            description = description?.ClassNames.Count == model.Classes
                ? description with { Configuration = model }
                : null;
            IReadOnlyList<SafetensorsTensor> tensors = StateDictionary.Checked(file, model.NewModel());
            FlagOutput.ToFile(output.Name, path, () =>
            {
                if (isOnnx)
                    OnnxExport.Write(path, RequireDenseNet(model), tensors, Metadata(description));
                else
                    SafetensorsFile.Write(path, tensors, description?.ToMetadata());
            });
            parsed.InvocationConfiguration.Output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{model.Name} in {path}, {new FileInfo(path).Length:N0} bytes"));
        });
        return command;
    }

    private static DenseNetConfiguration RequireDenseNet(ModelConfiguration model) => model as DenseNetConfiguration
        ?? throw new ArgumentException(
            $"--output: expected a .safetensors file, which is written of every model; {OnnxExtension} is written of "
            + $"DenseNets alone, found model '{model.Name}'");

    /// <summary>What is written replaces what was there: without the extension that might be a device.</summary>
    private static bool IsOnnx(string path)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        if (extension is not (OnnxExtension or SafetensorsExtension) || Directory.Exists(path))
            throw new ArgumentException($"--output must be a .onnx or .safetensors file, found '{path}'");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
            throw new ArgumentException($"--output must lie in a folder that exists, found '{path}'");
        return extension == OnnxExtension;
    }

    /// <summary>What a user of the ONNX file must know of its input and output.</summary>
    private static Dictionary<string, string> Metadata(TrainedModel? description)
    {
        static string List(IEnumerable<float> values) =>
            string.Join(',', values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
        return description is null
            ? []
            : new()
            {
                ["classes"] = JsonSerializer.Serialize(description.ClassNames),
                ["mean"] = List(description.Normalization.Mean),
                ["std"] = List(description.Normalization.StandardDeviation),
            };
    }
}
