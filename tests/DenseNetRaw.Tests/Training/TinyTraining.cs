using DenseNetRaw.Backends;
using DenseNetRaw.Models;
using DenseNetRaw.Tests.Data;
using DenseNetRaw.Training;

namespace DenseNetRaw.Tests.Training;

/// <summary>A run of milliseconds: 22 training and 13 test images of 8×8, in batches of 8.</summary>
internal static class TinyTraining
{
    public const int TrainingImages = 22;
    public const int TestImageCount = 13;

    public static DenseNetConfiguration Model { get; } =
        DenseNetConfiguration.Named("densenet-7-2") with
        {
            InputHeight = 8,
            InputWidth = 8,
            InitialChannels = 3,
            DropRate = 0.1,
        };

    public static TrainingSettings Settings { get; } = new() { BatchSize = 8, Epochs = 2, Seed = 7 };

    public static Trainer New(Backend backend, TrainingSettings settings, DenseNetConfiguration? model = null) => new(
        new DenseNet(model ?? Model), backend, TestImages.Create(TrainingImages, 8, 8),
        TestImages.Create(TestImageCount, 8, 8), settings);
}
