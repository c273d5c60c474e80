namespace DenseNetRaw.Training;

/// <summary>The learning rate of each epoch. It changes between epochs only, as in PyTorch's schedulers.</summary>
/// <param name="Shape">How it falls.</param>
/// <param name="InitialRate">The rate that it falls from.</param>
/// <param name="Epochs">Epochs of the whole run.</param>
/// <param name="Milestones">
/// Epochs after which <see cref="LearningRateShape.MultiStep"/> divides by 10; null for 50 % and 75 % of the run.
/// </param>
/// <param name="WarmUpEpochs">First epochs, at a tenth of what the rate would be.</param>
public sealed record LearningRateSchedule(
    LearningRateShape Shape, double InitialRate, int Epochs, IReadOnlyList<int>? Milestones = null,
    int WarmUpEpochs = 0)
{
    /// <summary>He et al. 2015, arXiv:1512.03385, section 4.2: 0.01 first where the rate is 0.1.</summary>
    private const double WarmUpDivisor = 10;

    /// <summary>The rate of an epoch, counted from 1.</summary>
    public double At(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epoch, 1);
        int done = epoch - 1;
        double rate = Shape switch
        {
            LearningRateShape.MultiStep => MultiStep(done),
            LearningRateShape.Cosine => InitialRate * (1 + Math.Cos(Math.PI * done / Epochs)) / 2,
            _ => InitialRate,
        };
        return epoch <= WarmUpEpochs ? rate / WarmUpDivisor : rate;
    }

    // Divided, not multiplied by 0.1, so that the rates print as 0.01 and 0.001. Of 300 epochs: after 150 and 225.
    private double MultiStep(int done)
    {
        int passed = Milestones is null
            ? (2L * done >= Epochs ? 1 : 0) + (4L * done >= 3L * Epochs ? 1 : 0)
            : Milestones.Count(milestone => done >= milestone);
        return InitialRate / Math.Pow(10, passed);
    }
}
