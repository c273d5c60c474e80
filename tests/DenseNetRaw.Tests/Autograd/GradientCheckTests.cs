using DenseNetRaw.Autograd;
using DenseNetRaw.Operations;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Autograd;

public class GradientCheckTests
{
    private static IReadOnlyList<OperationCase> Cases => OperationCases.All;

    [TestCaseSource(nameof(Cases))]
    public void Run_OfACase_FindsTheGradientsOfCentralDifferences(OperationCase operationCase)
    {
        GradientCheckResult result = GradientCheck.Run(operationCase);
        Assert.Multiple(() =>
        {
            foreach (TensorError tensor in result.Tensors)
            {
                Assert.That(tensor.Error, Is.LessThanOrEqualTo(1e-6), tensor.Name);
            }

            Assert.That(result.SkippedCoordinates, Is.LessThanOrEqualTo(0.01 * result.Coordinates));
            Assert.That(result.Passes);
            TestContext.Out.WriteLine($"{result.Name}: {result.MaxError:g3}, {result.SkippedCoordinates} of {result.Coordinates}");
        });
    }
}
