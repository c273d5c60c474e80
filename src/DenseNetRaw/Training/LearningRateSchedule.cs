namespace DenseNetRaw.Training;

/// <summary>The learning rate of each epoch. It changes between epochs only, as in PyTorch's schedulers.</summary>
/// <param name="Shape">How it falls.</param>
/// <param name="InitialRate">The rate of the first epoch.</param>
/// <param name="Epochs">Epochs of the whole run.</param>
public sealed record LearningRateSchedule(LearningRateShape Shape, double InitialRate, int Epochs)
{
    /// <summary>The rate of an epoch, counted from 1.</summary>
    public double At(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epoch, 1);
        int done = epoch - 1;
        return Shape switch
        {
            LearningRateShape.MultiStep => MultiStep(done),
            LearningRateShape.Cosine => InitialRate * (1 + Math.Cos(Math.PI * done / Epochs)) / 2,
            _ => InitialRate,
        };
    }

    // Divided, not multiplied by 0.1, so that the rates print as 0.01 and 0.001. Of 300 epochs: after 150 and 225.
    private double MultiStep(int done)
    {
        if (4L * done >= 3L * Epochs)
            return InitialRate / 100;
        return 2L * done >= Epochs ? InitialRate / 10 : InitialRate;
    }
}
