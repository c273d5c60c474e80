using DenseNetRaw.Autograd;
using DenseNetRaw.Operations;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Operations;

public sealed class OperationFormulasTests
{
    [Test]
    public void Formulas_AreThereForEveryOperationOfTheEngine()
    {
        IEnumerable<Type> operations = typeof(Node).Assembly.GetTypes()
            .Where(type => type.IsSubclassOf(typeof(Node)) && type.Namespace == typeof(Convolution).Namespace);
        Assert.That(OperationFormulas.All.Keys, Is.EquivalentTo(operations));
        foreach (OperationFormula formula in OperationFormulas.All.Values)
        {
            Assert.That(formula.Forward, Does.Contain("="));
            Assert.That(formula.Backward, Is.Not.Empty);
        }
    }
}
