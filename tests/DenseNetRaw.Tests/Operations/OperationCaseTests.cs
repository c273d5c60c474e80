using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Cpu;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Cuda;
using DenseNetRaw.Memory;
using DenseNetRaw.Tests.Cuda;
using DenseNetRaw.Verification;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Operations;

/// <summary>
/// Every case of every operation on each backend, on whole storages and on slices, against the reference.
/// </summary>
[TestFixtureSource(nameof(Backends))]
public class OperationCaseTests(string name, Func<Backend> newBackend, Func<long, double> tolerance)
{
    private static readonly object[] Backends =
    [
        new object[] { "reference", () => new ReferenceBackend(), OfSums(Math.Pow(2, -53)) },
        new object[] { "cpu, 1 thread", () => new CpuBackend(threads: 1), OfSums(Math.Pow(2, -24)) },
        new object[] { "cpu, 3 threads", () => new CpuBackend(threads: 3), OfSums(Math.Pow(2, -24)) },
        new object[] { "cuda, fp32", () => TestBackend.New(CudaPrecision.Fp32), OfSums(Math.Pow(2, -24)) },
        new object[] { "cuda, tf32", () => TestBackend.New(CudaPrecision.Tf32), OfValues(Math.Pow(2, -11)) },
        new object[] { "cuda, bf16", () => TestBackend.New(CudaPrecision.Bf16), OfValues(Math.Pow(2, -8)) },
    ];

    private static IReadOnlyList<OperationCase> Cases => OperationCases.All;

    [TestCaseSource(nameof(Cases))]
    public void Case_OnWholeStorages_GivesTheNumbersOfTheReference(OperationCase operationCase) =>
        CompareWithReference(operationCase, isSliced: false);

    [TestCaseSource(nameof(Cases))]
    public void Case_OnChannelSlices_GivesTheNumbersOfTheReferenceAndTouchesNothingElse(OperationCase operationCase) =>
        CompareWithReference(operationCase, isSliced: true);

    private static IReadOnlyList<(string Name, double[] Values)> Play(
        OperationCase operationCase, Backend backend, bool isSliced)
    {
        using GuardedPlay play = new(operationCase, backend, isSliced);
        return play.Run();
    }

    // Rounding errors of a sum of m terms grow like √m in the mean (Higham 2002, "Accuracy and Stability of Numerical
    // Algorithms", section 2.8); 16 covers the half dozen operations in a row, and what subtracting a mean takes away.
    private static Func<long, double> OfSums(double unitRoundoff) => terms => 16 * Math.Sqrt(terms) * unitRoundoff;

    // Where values are rounded one by one and sums are not, errors of the terms are independent, so that the sum's
    // relative error is a term's: half a dozen roundings in a row, and three times that for what cancels in a sum.
    private static Func<long, double> OfValues(double unitRoundoff) => _ => 20 * unitRoundoff;

    private static long LongestSum(OperationCase operationCase)
    {
        SampleGraph graph = new(MemoryStrategy.Naive);
        operationCase.Record(graph);
        return graph.Tape.Nodes.SelectMany(node => node.Inputs.Concat(node.Outputs)).Max(v => v.Shape.Count);
    }

    private void CompareWithReference(OperationCase operationCase, bool isSliced)
    {
        using Backend reference = new ReferenceBackend();
        using Backend backend = newBackend();
        IReadOnlyList<(string Name, double[] Values)> expected = Play(operationCase, reference, isSliced: false);
        IReadOnlyList<(string Name, double[] Values)> actual = Play(operationCase, backend, isSliced);
        double allowed = tolerance(LongestSum(operationCase));
        Assert.That(actual.Select(tensor => tensor.Name), Is.EqualTo(expected.Select(tensor => tensor.Name)));
        Assert.Multiple(() =>
        {
            for (int i = 0; i < expected.Count; i++)
            {
                Assert.That(
                    RelativeError.Of(actual[i].Values, expected[i].Values), Is.LessThanOrEqualTo(allowed),
                    $"{expected[i].Name} on the {name} backend");
            }
        });
    }
}
