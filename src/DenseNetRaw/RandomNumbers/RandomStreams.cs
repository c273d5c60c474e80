namespace DenseNetRaw.RandomNumbers;

/// <summary>
/// What random numbers are drawn for. Dropout layers count their streams from 0; these count from the top.
/// </summary>
internal static class RandomStreams
{
    public const uint Shuffle = uint.MaxValue;
    public const uint Augmentation = uint.MaxValue - 1;
    public const uint HoldOut = uint.MaxValue - 2;
    public const uint SyntheticTraining = uint.MaxValue - 3;
    public const uint SyntheticTest = uint.MaxValue - 4;
    public const uint SyntheticNoise = uint.MaxValue - 5;
    public const uint SurvivalGates = uint.MaxValue - 6;
}
