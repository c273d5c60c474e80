using DenseNetRaw.Models;

namespace DenseNetRaw.Tests.Models;

/// <summary>Small MSDNets of either form, with images of odd sizes that are not square.</summary>
internal static class MsdNets
{
    /// <summary>
    /// Six layers in blocks of 1, 2 and 3; three scales, of which one ends at the third layer and one at the fifth.
    /// </summary>
    public static MsdNetConfiguration CifarForm { get; } = MsdNetConfiguration.Named("msdnet-budget-3") with
    {
        InitialChannels = 2,
        GrowthRate = 2,
        GrowthFactors = [1, 2, 2],
        BottleneckFactors = [1, 2, 1],
        ClassifierChannels = 3,
        Classes = 4,
        InputHeight = 17,
        InputWidth = 18,
    };

    /// <summary>Four layers without bottlenecks, transitions after the first and second, two scales.</summary>
    public static MsdNetConfiguration ImageNetForm { get; } = MsdNetConfiguration.Named("msdnet-imagenet-4") with
    {
        Blocks = 2,
        Base = 3,
        Step = 1,
        InitialChannels = 3,
        GrowthRate = 2,
        GrowthFactors = [1, 2],
        BottleneckFactors = [],
        Prune = MsdNetPruning.Min,
        Reduction = 0.6,
        ClassifierChannels = 3,
        Classes = 3,
        InputHeight = 33,
        InputWidth = 32,
    };

    /// <summary>One scale, an odd growth rate, classifiers as wide as what they read.</summary>
    public static MsdNetConfiguration OneScale { get; } = CifarForm with
    {
        Name = "one scale",
        Blocks = 2,
        GrowthRate = 3,
        GrowthFactors = [1],
        BottleneckFactors = [2],
        Reduction = 0,
        ClassifierChannels = 0,
        InputHeight = 7,
        InputWidth = 5,
    };

    public static IReadOnlyList<MsdNetConfiguration> All { get; } = [CifarForm, ImageNetForm, OneScale];
}
