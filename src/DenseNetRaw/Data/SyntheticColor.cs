namespace DenseNetRaw.Data;

/// <summary>A colour of the synthetic images, channels from 0 to 255.</summary>
internal readonly record struct SyntheticColor(double Red, double Green, double Blue)
{
    /// <summary>Warm: more red than blue. Cool: more blue than red. Green says nothing.</summary>
    public static SyntheticColor Draw(ref RandomSequence random, bool warm)
    {
        double strong = random.Between(130, 235);
        double green = random.Between(50, 200);
        double weak = random.Between(20, 125);
        return warm ? new SyntheticColor(strong, green, weak) : new SyntheticColor(weak, green, strong);
    }
}
