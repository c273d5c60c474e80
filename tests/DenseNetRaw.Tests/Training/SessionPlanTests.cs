using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Memory;
using DenseNetRaw.Models;
using DenseNetRaw.Training;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Training;

public sealed class SessionPlanTests
{
    private const long Available = 1L << 30;

    [TestCase(null, Available / 10 * 9)]
    [TestCase(Available / 2, Available / 2)]
    [TestCase(Available * 2, Available / 10 * 9)]
    public void Auto_OnThisDevice_ChoosesWithinTheBudgetOrNineTenthsOfWhatIsAvailable(long? budget, long expected)
    {
        using GibibyteBackend backend = new();
        SessionSettings settings = new()
        {
            TrainingBatchSizes = [8],
            Memory = MemoryStrategy.Auto,
            BudgetBytes = budget,
        };
        SessionPlan plan = new(
            ModelConfiguration.Named("densenet-bc-16-3").NewModel(), backend, settings, isForThisDevice: true);
        Assert.That(plan.AutoBytes, Is.EqualTo(expected).Within(10));
    }

    private sealed class GibibyteBackend() : CpuBackend(threads: 1)
    {
        public override long AvailableBytes => Available;
    }
}
