using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;

namespace DenseNetRaw.Training;

/// <summary>
/// Answers by planning, with nothing allocated, what fits a budget: how large a batch, how deep a network, with which
/// memory strategy. A training step fits if its arena and what outlives it (parameters, their gradients, momentum,
/// running statistics) take no more than the budget, and no storage is larger than can be addressed.
/// </summary>
/// <param name="backend">Where it would run; it is asked for sizes alone.</param>
/// <param name="budgetBytes">The budget.</param>
public sealed class BudgetSearch(Backend backend, long budgetBytes)
{
    /// <summary>The most images that a step is planned for.</summary>
    public const int LargestBatchSize = 1_000_000;

    /// <summary>
    /// The most layers of a block that a network is planned with: deeper ones take minutes to plan, and in 12 GB not
    /// one of the strategies gets there.
    /// </summary>
    public const int MostLayersOfABlock = 512;

    /// <summary>A training step of a batch of so many images.</summary>
    /// <exception cref="ArgumentException">The network is impossible, or too large to be addressed.</exception>
    public SessionPlan Plan(ModelConfiguration model, MemoryStrategy memory, int batchSize)
    {
        model.Validate();
        return Plan(model.NewModel(), new SessionSettings { TrainingBatchSizes = [batchSize], Memory = memory });
    }

    /// <summary>The largest batch that fits; one image if not even that does.</summary>
    /// <exception cref="ArgumentException">The network is impossible, or too large to be addressed.</exception>
    public SessionPlan LargestBatch(ModelConfiguration model, MemoryStrategy memory) =>
        LargestPlan(LargestBatchSize, batchSize => Plan(model, memory, batchSize));

    /// <summary>
    /// The deepest network of three equal blocks that fits, <c>densenet[-bc]-L-k</c>; the shallowest if not even that
    /// does.
    /// </summary>
    /// <param name="model">Every extent but the depth.</param>
    /// <param name="memory">The memory strategy.</param>
    /// <param name="batchSize">Images in a step.</param>
    /// <exception cref="ArgumentException">The model is not of that form, or is impossible.</exception>
    public SessionPlan Deepest(ModelConfiguration model, MemoryStrategy memory, int batchSize) => LargestPlan(
        MostLayersOfABlock, layers => Plan(model.WithBlocksOf(layers), memory, batchSize));

    /// <summary>A batch with every strategy, <see cref="MemoryStrategy.Auto"/> last.</summary>
    /// <exception cref="ArgumentException">The network is impossible, or too large to be addressed.</exception>
    public IReadOnlyList<SessionPlan> EveryStrategy(ModelConfiguration model, int batchSize) =>
        [.. MemoryStrategy.Ladder.Append(MemoryStrategy.Auto).Select(memory => Plan(model, memory, batchSize))];

    /// <summary>A session's steps within this budget.</summary>
    internal SessionPlan Plan(Model model, SessionSettings settings) =>
        new(model, backend, settings with { BudgetBytes = budgetBytes });

    /// <summary>
    /// The largest number from 1 whose plan fits, 0 if not even that of 1; what cannot be addressed does not fit.
    /// </summary>
    internal int Largest(int limit, Func<int, SessionPlan> plan) =>
        LargestNumber.For(limit, budgetBytes, number => BytesOf(() => plan(number)));

    /// <summary>Whether what is planned fits; what cannot be addressed does not.</summary>
    internal bool Fits(Func<SessionPlan> plan) => BytesOf(plan) <= budgetBytes;

    /// <summary>The smallest is planned first by itself, so that what is wrong with all is not hidden.</summary>
    private SessionPlan LargestPlan(int limit, Func<int, SessionPlan> plan)
    {
        SessionPlan best = plan(1);
        Largest(limit, number =>
        {
            SessionPlan tried = plan(number);
            best = tried.Fits ? tried : best;
            return tried;
        });
        return best;
    }

    private static double BytesOf(Func<SessionPlan> plan)
    {
        try
        {
            return plan().TotalBytes;
        }
        catch (ArgumentException)
        {
            return double.PositiveInfinity;
        }
    }
}
