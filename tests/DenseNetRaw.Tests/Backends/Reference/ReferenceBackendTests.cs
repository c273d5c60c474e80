using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Backends.Reference;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Backends.Reference;

/// <summary>The specification against numbers worked out by hand.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ReferenceBackendTests : IDisposable
{
    private readonly ReferenceBackend _backend = new();
    private readonly TensorMemory _memory;

    public ReferenceBackendTests() => _memory = new TensorMemory(_backend);

    [Test]
    public void Convolution_OfTwoByTwo_MatchesSumsByHand()
    {
        Window window = new(2, 2);
        Tensor x = _memory.New(new Shape(1, 1, 3, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9);
        Tensor w = _memory.New(new Shape(1, 1, 2, 2), 1, 10, 100, 1000);
        Tensor y = _memory.New(new Shape(1, 1, 2, 2)), dx = _memory.New(x.Shape), dw = _memory.New(w.Shape);
        _backend.Convolution(x, w, window, y);
        Tensor dy = _memory.New(y.Shape, 1, 0, 0, 2);
        _backend.ConvolutionBackwardData(dy, w, window, dx);
        _backend.ConvolutionBackwardWeights(x, dy, window, dw);
        AssertNumbers(y, 5421, 6532, 8754, 9865);
        AssertNumbers(dx, 1, 10, 0, 100, 1002, 20, 0, 200, 2000);
        AssertNumbers(dw, 11, 14, 20, 23);
    }

    [Test]
    public void Convolution_WithStrideTwoAndPadding_MeetsZerosAround()
    {
        Tensor x = _memory.New(new Shape(1, 1, 3, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9);
        Tensor w = _memory.New(new Shape(1, 1, 3, 3), 1, 1, 1, 1, 1, 1, 1, 1, 1);
        Tensor y = _memory.New(new Shape(1, 1, 2, 2));
        _backend.Convolution(x, w, new Window(3, 3, 2, 1), y);
        AssertNumbers(y, 12, 16, 24, 28);
    }

    [Test]
    public void ConvolutionBackwardData_ThatStores_ForgetsWhatWasThere()
    {
        Tensor dy = _memory.New(new Shape(1, 1, 1, 2), 3, 4), w = _memory.New(Shape.Scalar, 2);
        Tensor dx = _memory.New(new Shape(1, 1, 1, 3), 7, 7, 7);
        _backend.ConvolutionBackwardData(dy, w, new Window(1, 1, 2), dx);
        AssertNumbers(dx, 13, 7, 15);
        _backend.ConvolutionBackwardData(dy, w, new Window(1, 1, 2), dx, new Grant(Stores: true));
        AssertNumbers(dx, 6, 0, 8);
    }

    [Test]
    public void ChannelStatistics_OfALargeMean_KeepsTheDeviation()
    {
        const double Large = 1e9;
        Tensor x = _memory.New(new Shape(2, 1, 1, 2), Large - 1.5, Large - 0.5, Large + 0.5, Large + 1.5);
        Tensor mean = _memory.Vector(0), variance = _memory.Vector(0);
        _backend.ChannelStatistics(x, mean, variance);
        AssertNumbers(mean, Large);
        AssertNumbers(variance, 1.25);
    }

    [Test]
    public void MoveRunningStatistics_OfABatch_MovesTowardsMeanAndUnbiasedVariance()
    {
        Tensor mean = _memory.Vector(2), variance = _memory.Vector(3);
        Tensor runningMean = _memory.Vector(1), runningVariance = _memory.Vector(2);
        _backend.MoveRunningStatistics(mean, variance, count: 4, momentum: 0.25, null, runningMean, runningVariance);
        AssertNumbers(runningMean, 1.25);
        AssertNumbers(runningVariance, 2.5); // 2 + 0.25 · (3 · 4/3 − 2)
    }

    [Test]
    public void NormRelu_ByHand_NormalisesScalesShiftsAndCuts()
    {
        Tensor x = _memory.New(new Shape(1, 1, 1, 3), 1, 5, -3), y = _memory.New(x.Shape), dx = _memory.New(x.Shape);
        Normalisation norm = NewNorm(mean: 1, variance: 3, gamma: 6, beta: 1), dnorm = NewNorm(0, 0, 0, 0);
        _backend.NormRelu(x, norm, y);
        _backend.NormReluBackward(x, norm, _memory.New(x.Shape, 1, 2, 4), dx, dnorm);
        AssertNumbers(y, 1, 13, 0); // x̂ = 0, 2, −2
        AssertNumbers(dx, 3, 6, 0);
        AssertNumbers(dnorm.Gamma, 4);
        AssertNumbers(dnorm.Beta, 3);
        AssertNumbers(dnorm.Mean, -9);
        AssertNumbers(dnorm.Variance, -3); // −6 · 4 / (2 · 4)
    }

    [Test]
    public void Pools_ByHand_TakeMeanAndMaximumWithPaddingAsStated()
    {
        Window window = new(2, 2, 2, 1);
        Tensor x = _memory.New(new Shape(1, 1, 2, 2), -1, -2, -3, -4);
        Tensor y = _memory.New(x.Shape), dx = _memory.New(x.Shape);
        _backend.AveragePool(x, window, y);
        AssertNumbers(y, -0.25, -0.5, -0.75, -1);
        _backend.MaxPool(x, window, y);
        AssertNumbers(y, -1, -2, -3, -4);
        Tensor equal = _memory.New(x.Shape, 5, 5, 5, 5);
        _backend.MaxPoolBackward(equal, _memory.New(Shape.Scalar, 3), new Window(2, 2), dx);
        AssertNumbers(dx, 3, 0, 0, 0); // the first of equal ones
    }

    [Test]
    public void SoftmaxCrossEntropy_OfKnownLogits_MatchesNumbersByHand()
    {
        // log(1 + e⁻¹ + e⁻²) and the softmax of (1, 2, 3), by Python's math; the second image is the first plus 1000,
        // which must not overflow.
        const double Loss = 0.4076059644443804;
        const double P0 = 0.09003057317038046, P1 = 0.24472847105479764, P2 = 0.6652409557748218;
        Tensor logits = _memory.New(new Shape(2, 3, 1, 1), 1, 2, 3, 1001, 1002, 1003), labels = _memory.Labels(2, 0);
        Tensor loss = _memory.Vector(0), correct = _memory.Vector(0), dlogits = _memory.New(logits.Shape);
        _backend.SoftmaxCrossEntropy(logits, labels, loss, correct);
        _backend.SoftmaxCrossEntropyBackward(logits, labels, _memory.Vector(4), dlogits);
        AssertNumbers(loss, (Loss + Loss + 2) / 2);
        AssertNumbers(correct, 1);
        AssertNumbers(dlogits, 2 * P0, 2 * P1, 2 * (P2 - 1), 2 * (P0 - 1), 2 * P1, 2 * P2);
    }

    [Test]
    public void SoftmaxCrossEntropy_OfEqualLogits_CountsTheFirstAsTheAnswer()
    {
        Tensor logits = _memory.New(new Shape(2, 4, 1, 1)), loss = _memory.Vector(0), correct = _memory.Vector(0);
        _backend.SoftmaxCrossEntropy(logits, _memory.Labels(0, 1), loss, correct);
        AssertNumbers(loss, Math.Log(4));
        AssertNumbers(correct, 1);
    }

    [Test]
    public void Sgd_ByHand_DecaysAddsMomentumStepsAndClears([Values] bool nesterov)
    {
        _backend.Step = new StepState(Seed: 0, Number: 1, LearningRate: 0.1);
        Shape shape = new(2, 1, 1, 1);
        Tensor w = _memory.New(shape, 1, -2), dw = _memory.New(shape, 0.5, 1), v = _memory.New(shape, 2, 0);
        Tensor squares = _memory.Vector(5);
        _backend.Sgd(momentum: 0.9, weightDecay: 0.01, nesterov, w, dw, v, squares);

        // g = 0.51, 0.98; v = 1.8 + 0.51, 0.98; the step is 0.1 · v, or with Nesterov 0.1 · (g + 0.9 · v).
        AssertNumbers(v, 2.31, 0.98);
        AssertNumbers(w, nesterov ? [1 - 0.2589, -2 - 0.1862] : [1 - 0.231, -2 - 0.098]);
        AssertNumbers(dw, 0, 0);
        AssertNumbers(squares, 1.25);
    }

    [Test]
    public void UploadAndDownload_OfAChannelSlice_KeepOrderAndNeighbours()
    {
        Tensor whole = _memory.New(new Shape(2, 3, 1, 2)), slice = whole.Channels(1, 1);
        _backend.Upload([1.5f, 2, 3, 4], slice);
        float[] values = new float[4];
        _backend.Download(slice, values);
        AssertNumbers(whole, 0, 0, 1.5, 2, 0, 0, 0, 0, 3, 4, 0, 0);
        Assert.That(values, Is.EqualTo(new[] { 1.5f, 2, 3, 4 }));
    }

    public void Dispose()
    {
        _memory.Dispose();
        _backend.Dispose();
    }

    private Normalisation NewNorm(double mean, double variance, double gamma, double beta) => new(
        _memory.Vector(mean), _memory.Vector(variance), _memory.Vector(gamma), _memory.Vector(beta), Epsilon: 1);

    // Relative to the largest: a few roundings of float64.
    private void AssertNumbers(Tensor tensor, params double[] expected) =>
        Assert.That(_memory.Read(tensor), Is.EqualTo(expected).Within(1e-14 * (1 + expected.Max(Math.Abs))));
}
