namespace DenseNetRaw.Models;

/// <summary>
/// How a family of networks was trained by those who published it: stochastic gradient descent, whose rate is divided
/// by 10 after some epochs. Every number is of a paper or of its authors' code, which the members name.
/// </summary>
/// <param name="Name">What <c>--recipe</c> takes.</param>
/// <param name="Epochs">Passes over the training images.</param>
/// <param name="BatchSize">Images in a batch.</param>
/// <param name="LearningRate">The rate before it is first divided.</param>
/// <param name="Milestones">Epochs, of <paramref name="Epochs"/>, after which the rate is divided by 10.</param>
/// <param name="WarmUpEpochs">First epochs at a tenth of the rate.</param>
/// <param name="Momentum">Share of the last velocity that is kept.</param>
/// <param name="IsNesterov">Whether the momentum is Nesterov's.</param>
/// <param name="WeightDecay">On all parameters.</param>
/// <param name="Source">Where the numbers are from, in words.</param>
public sealed record Recipe(
    string Name,
    int Epochs,
    int BatchSize,
    double LearningRate,
    IReadOnlyList<int> Milestones,
    int WarmUpEpochs,
    double Momentum,
    bool IsNesterov,
    double WeightDecay,
    string Source)
{
    /// <summary>
    /// DenseNets on CIFAR. Huang et al. 2017, arXiv:1608.06993, section 4.2: 300 epochs, batch 64, rate 0.1, a tenth
    /// after 50 % and 75 %, Nesterov momentum 0.9 without dampening, weight decay 1e-4.
    /// </summary>
    public static Recipe DenseNet { get; } =
        new("densenet", 300, 64, 0.1, [150, 225], 0, 0.9, true, 1e-4, "arXiv:1608.06993, section 4.2");

    /// <summary>
    /// DenseNets on SVHN: as on CIFAR, for 40 epochs. Huang et al. 2017, arXiv:1608.06993, section 4.2.
    /// </summary>
    public static Recipe Svhn { get; } = DenseNet with { Name = "svhn", Epochs = 40, Milestones = [20, 30] };

    /// <summary>
    /// DenseNets on ImageNet: 90 epochs, batch 256, a tenth after 30 and 60. Huang et al. 2017, arXiv:1608.06993,
    /// section 4.2. MSDNets on ImageNet likewise: Huang et al. 2018, arXiv:1703.09844, section 5.
    /// </summary>
    public static Recipe ImageNet { get; } =
        DenseNet with { Name = "imagenet", Epochs = 90, BatchSize = 256, Milestones = [30, 60] };

    /// <summary>
    /// ResNets on CIFAR. He et al. 2015, arXiv:1512.03385, section 4.2: batch 128, rate 0.1, a tenth after 32k and 48k
    /// of 64k steps, momentum 0.9, weight decay 1e-4. In epochs, and with Nesterov momentum, as train.lua of
    /// fb.resnet.torch: 164, a tenth from the 81st and the 122nd on; here after them.
    /// </summary>
    public static Recipe ResNet { get; } = new(
        "resnet", 164, 128, 0.1, [81, 122], 0, 0.9, true, 1e-4,
        "arXiv:1512.03385, section 4.2; fb.resnet.torch, train.lua");

    /// <summary>
    /// ResNet-110, which does not begin to learn at 0.1: as <see cref="ResNet"/>, after about 400 steps, here an epoch
    /// of 391, at 0.01. He et al. 2015, arXiv:1512.03385, section 4.2.
    /// </summary>
    public static Recipe ResNet110 { get; } = ResNet with { Name = "resnet-110", WarmUpEpochs = 1 };

    /// <summary>
    /// Pre-activation ResNets on CIFAR. He et al. 2016, arXiv:1603.05027, appendix: as ResNet-110, 400 steps at 0.01
    /// first. Epochs and batch as README.md of KaimingHe/resnet-1k-layers: 200 and 64, for which an epoch of warm-up is
    /// 782 steps; a tenth where its train.lua, that of fb.resnet.torch, has it: 81 and 122.
    /// </summary>
    public static Recipe PreactivationResNet { get; } = new(
        "preact-resnet", 200, 64, 0.1, [81, 122], 1, 0.9, true, 1e-4,
        "arXiv:1603.05027, appendix; KaimingHe/resnet-1k-layers, README.md");

    /// <summary>
    /// ResNets whose blocks are dropped. Huang et al. 2016, arXiv:1603.09382, section 4, and main.lua of
    /// yueatsprograms/Stochastic_Depth: 500 epochs, batch 128, rate 0.1, a tenth after 50 % and 75 %, Nesterov momentum
    /// 0.9, weight decay 1e-4.
    /// </summary>
    public static Recipe StochasticDepth { get; } = new(
        "stochastic-depth", 500, 128, 0.1, [250, 375], 0, 0.9, true, 1e-4,
        "arXiv:1603.09382, section 4; yueatsprograms/Stochastic_Depth, main.lua");

    /// <summary>
    /// MSDNets on CIFAR. Huang et al. 2018, arXiv:1703.09844, section 5: as DenseNets. Nesterov momentum as in the
    /// authors' Lua; their PyTorch has plain momentum.
    /// </summary>
    public static Recipe MsdNet { get; } =
        DenseNet with { Name = "msdnet", Source = "arXiv:1703.09844, section 5; gaohuang/MSDNet" };

    /// <summary>Every recipe.</summary>
    public static IReadOnlyList<Recipe> All { get; } =
        [DenseNet, Svhn, ImageNet, ResNet, ResNet110, PreactivationResNet, StochasticDepth, MsdNet];

    /// <summary>The recipe of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static Recipe Named(string name) => All.FirstOrDefault(recipe => recipe.Name == name)
        ?? throw new ArgumentException(
            $"expected {string.Join(", ", All.Select(recipe => recipe.Name))}, found '{name}'");

    /// <summary>
    /// The milestones of a run of so many epochs: after the same shares of it, or the first epoch after those.
    /// </summary>
    public IReadOnlyList<int> MilestonesOf(int epochs) =>
        [.. Milestones.Select(milestone => (int)((((long)milestone * epochs) + Epochs - 1) / Epochs))];
}
