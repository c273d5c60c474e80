namespace DenseNetRaw.Backends;

/// <summary>What changes from step to step and is not a tensor. Operations read it when they run.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Number">The step, from 1.</param>
/// <param name="LearningRate">The optimiser's step length.</param>
public readonly record struct StepState(ulong Seed, uint Number, double LearningRate);
