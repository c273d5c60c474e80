namespace DenseNetRaw.Training;

/// <summary>How the learning rate falls over a run.</summary>
public enum LearningRateShape
{
    /// <summary>Divided by 10 after 50 % and 75 % of the epochs: the paper's, arXiv:1608.06993, section 4.2.</summary>
    MultiStep,

    /// <summary>
    /// Half a cosine from the initial rate to 0. Loshchilov and Hutter, arXiv:1608.03983, equation 5.
    /// </summary>
    Cosine,

    /// <summary>The initial rate throughout.</summary>
    Constant,
}
