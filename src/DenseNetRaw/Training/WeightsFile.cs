using DenseNetRaw.Serialization;

namespace DenseNetRaw.Training;

/// <summary>Weights wherever they lie: in a safetensors file, a checkpoint, or a run folder.</summary>
public static class WeightsFile
{
    /// <summary>Reads the weights; of a checkpoint every file is checked.</summary>
    /// <exception cref="InvalidDataException">There are none, or they are damaged.</exception>
    public static SafetensorsFile Read(string path)
    {
        if (!Directory.Exists(path))
            return SafetensorsFile.Read(path);
        string file = Path.Combine(
            Checkpoint.IsIn(path) ? Checkpoint.Open(path).FullName : path, RunFolder.WeightsFile);
        if (File.Exists(file))
            return SafetensorsFile.Read(file);
        string best = Path.Combine(path, RunFolder.BestWeightsFile);
        throw !RunFolder.IsIn(path)
            ? new InvalidDataException(
                $"{path}: expected a safetensors file, a checkpoint's folder or that of a run that has ended, found "
                + $"another folder, without {RunFolder.WeightsFile}")
            : new InvalidDataException(
                $"{path}: expected weights, found a run folder without "
                + (File.Exists(best)
                    ? $"{RunFolder.WeightsFile}, as of a run that has not ended; its best are in {best}"
                    : $"{RunFolder.BestWeightsFile} or {RunFolder.WeightsFile}"));
    }
}
