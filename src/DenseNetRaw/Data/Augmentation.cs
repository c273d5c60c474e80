namespace DenseNetRaw.Data;

/// <summary>What is done to a training image, anew in every epoch.</summary>
public enum Augmentation
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>
    /// Four black pixels around the raw image, a random crop of the old size, and with probability 1/2 a horizontal
    /// flip: the "+" of the paper's C10+ and C100+, padded before normalisation as efficient_densenet_pytorch does. Of
    /// images in files, whose sizes differ, torchvision's crop for ImageNet: 8 % to 100 % of the area, sides in a ratio
    /// of 3/4 to 4/3, scaled to the input's size, and the same flip.
    /// </summary>
    Standard,
}
