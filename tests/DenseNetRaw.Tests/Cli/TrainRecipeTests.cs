using System.Text.Json;
using DenseNetRaw.Serialization;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>Flags of the recipe change what they name.</summary>
public sealed class TrainRecipeTests
{
    [Test]
    public void Train_WithACosine_LowersTheLearningRateAsOne()
    {
        using TemporaryFolder folder = new();
        string run = Train(folder, "cosine", "--epochs", "2", "--lr", "0.2", "--lr-scheduler", "cosine");
        double[] rates = [.. File.ReadLines(Path.Combine(run, "metrics.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("kind").GetString() == "step")
            .Select(step => step.GetProperty("lr").GetDouble())];
        Assert.That(rates, Is.EqualTo(new[] { 0.2, 0.1 }).Within(1e-12));
    }

    /// <summary>One step of Nesterov from rest: weights end lower by lr · (1 + momentum) · wd of themselves.</summary>
    [Test]
    public void Train_WithWeightDecay_EndsWithSmallerWeights()
    {
        const double LearningRate = 0.1, Momentum = 0.9, Decay = 0.5;
        using TemporaryFolder folder = new();
        float[] Gamma(string wd) => SafetensorsFile.Read(
            Path.Combine(Train(folder, wd, "--epochs", "1", "--lr", "0.1", "--wd", wd), "model.safetensors"))
            .Tensors["features.norm_final.weight"].ToSingles();
        float[] without = Gamma("0"), with = Gamma("0.5");
        double lower = LearningRate * (1 + Momentum) * Decay; // gamma was 1
        Assert.That(with, Is.EqualTo(without.Select(gamma => (float)(gamma - lower))).Within(1e-6));
    }

    private static string Train(TemporaryFolder folder, string name, params IEnumerable<string> flags)
    {
        string run = folder.File(name);
        CommandRun.Of([
            "train", .. CommandRun.TinyModel, "--data", TinyCifar.Write(folder.File("data")), "--batch-size", "20",
            "--output-dir", run, .. flags]).AssertSucceeds();
        return run;
    }
}
