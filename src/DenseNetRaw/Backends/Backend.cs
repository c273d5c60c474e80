using System.Diagnostics;
using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Backends;

/// <summary>
/// Storage, upload, download, and the operations as methods; arguments are inputs first, then settings, then outputs.
/// An operation allocates nothing. What it computes is said here; the <see cref="Reference.ReferenceBackend"/> is its
/// specification. x, w, y are values and dx, dw, dy the gradients of the loss in them. Every gradient output is added
/// to, but dx is stored where the grant says so. Shapes were checked when the node was recorded.
/// </summary>
public abstract class Backend : IDisposable
{
    /// <summary>The name that <c>--device</c> takes.</summary>
    public abstract string Name { get; }

    /// <summary>Seed, step number and learning rate of the step being played.</summary>
    public virtual StepState Step { get; set; }

    /// <summary>Bytes that the device can still give.</summary>
    public abstract long AvailableBytes { get; }

    /// <summary>
    /// Bytes that a storage of this shape and role takes. Workspace and what outlives a step are dense: as many times
    /// the bytes of one element as there are elements.
    /// </summary>
    public abstract long BytesOf(Shape shape, StorageRole role);

    /// <summary>A zeroed block of memory.</summary>
    public abstract DeviceMemory Allocate(long bytes);

    /// <summary>
    /// Bytes of workspace that a convolution call wants beyond its arguments, given x, w and y or their gradients, of
    /// which shapes, roles and channels count, not addresses.
    /// </summary>
    public virtual long WorkspaceBytes(ConvolutionPass pass, Tensor x, Tensor w, Window window, Tensor y) => 0;

    /// <summary>
    /// Bytes that one call of a library may work in, as <c>--workspace</c> gives them; null where none is called.
    /// </summary>
    public virtual long? LibraryWorkspaceBytes => null;

    /// <summary>
    /// Bytes of workspace that a call wants which sums over the pixels of x: <see cref="ChannelStatistics"/>,
    /// <see cref="BiasBackward"/>, <see cref="NormReluBackward"/>, <see cref="NormBackward"/>,
    /// <see cref="SoftmaxCrossEntropy"/>.
    /// </summary>
    public virtual long ReductionBytes(Shape x) => 0;

    /// <summary>
    /// Bytes of workspace that <see cref="Sgd"/> wants for so many parameters; it outlives the steps, as they do.
    /// </summary>
    public virtual long SgdBytes(long count) => 0;

    /// <summary>
    /// Bytes of workspace that a forward convolution wants, beyond its own, to take the <see cref="ChannelStatistics"/>
    /// of y in the pass that writes y; null where it cannot. Where it can, the trace leaves out the statistics' own
    /// call and grants them to the convolution (<see cref="Grant.Statistics"/>).
    /// </summary>
    public virtual long? StatisticsBytes(ConvolutionPass pass, Tensor x, Tensor w, Window window, Tensor y) => null;

    /// <summary>
    /// Whether <see cref="NormReluConvolution"/> and its backward are one call each, with no normalised copy. Where
    /// they are not, the trace plays norm-relu and convolution apart, through a copy in scratch.
    /// </summary>
    public virtual bool FusesNormReluConvolution(Shape x, Shape w, Window window) => false;

    /// <summary>
    /// Bytes of workspace that <see cref="NormReluAveragePool"/> and its backward want if they are one call each, with
    /// no normalised copy; null where they are not, and the trace plays norm-relu and pooling apart.
    /// </summary>
    public virtual long? NormReluAveragePoolBytes(Shape x, Window window) => null;

    /// <summary>
    /// Plans a forward pass that is played image by image, an image a thread; null where a batch is better played as a
    /// whole.
    /// </summary>
    /// <param name="forward">Records the pass and returns its outputs.</param>
    /// <param name="x">The batch.</param>
    public virtual IImagewise? PlanImagewise(Func<Tape, Variable, IReadOnlyList<Variable>> forward, Shape x) => null;

    /// <summary>
    /// Brings what a convolution reads of parameters, running statistics among them, into an order of the backend's
    /// own, for all images that follow. Nothing, unless the backend plays image by image.
    /// </summary>
    public virtual void Prepare(Tensor x, Normalisation? norm, Tensor w, Window window, Tensor y)
    {
    }

    /// <summary>Copies values in order [N, C, H, W] to the backend.</summary>
    public abstract void Upload(ReadOnlySpan<float> values, Tensor x);

    /// <inheritdoc cref="Upload(ReadOnlySpan{float}, Tensor)"/>
    public abstract void Upload(ReadOnlySpan<double> values, Tensor x);

    /// <summary>Copies class indices to the backend.</summary>
    public abstract void Upload(ReadOnlySpan<int> values, Tensor labels);

    /// <summary>Copies values in order [N, C, H, W] from the backend.</summary>
    public abstract void Download(Tensor x, Span<float> values);

    /// <inheritdoc cref="Download(Tensor, Span{float})"/>
    public abstract void Download(Tensor x, Span<double> values);

    /// <summary>y = value.</summary>
    public abstract void Fill(double value, Tensor y);

    /// <summary>y = x.</summary>
    public abstract void Copy(Tensor x, Tensor y);

    /// <summary>y += x: the gradient of a copy.</summary>
    public abstract void Accumulate(Tensor x, Tensor y, Grant grant = default);

    /// <summary>y = a + b.</summary>
    public abstract void Add(Tensor a, Tensor b, Tensor y);

    /// <summary>y = s · x, and 0 where s = 0, whatever x is.</summary>
    /// <param name="x">What is scaled.</param>
    /// <param name="s">One number, [1, 1, 1, 1].</param>
    /// <param name="y">The result.</param>
    public virtual void Scale(Tensor x, Tensor s, Tensor y) => AccumulateScaled(x, s, y, new Grant(Stores: true));

    /// <summary>y += s · x, and y += 0 where s = 0: the gradient of <see cref="Scale"/>.</summary>
    public abstract void AccumulateScaled(Tensor x, Tensor s, Tensor y, Grant grant = default);

    /// <summary>y = max(0, a + b).</summary>
    public abstract void AddRelu(Tensor a, Tensor b, Tensor y);

    /// <summary>dx += dy where y &gt; 0: the gradient of <see cref="AddRelu"/> in either term.</summary>
    public abstract void ReluBackward(Tensor y, Tensor dy, Tensor dx, Grant grant = default);

    /// <summary>
    /// gates[l], l = 0 … L − 1, = 1 with probability 1 − (l + 1) / L · (1 − <paramref name="last"/>), else 0: 1 where
    /// the first word of Philox(seed, l, <see cref="Operations.SurvivalGates.Stream"/>, step) falls below it.
    /// </summary>
    /// <param name="last">The last gate's probability.</param>
    /// <param name="gates">[1, L, 1, 1].</param>
    public abstract void DrawGates(double last, Tensor gates);

    /// <summary>
    /// Whether the host knows, before it makes the calls behind a gate, that the gate is 0, so that they can be left
    /// out.
    /// </summary>
    /// <param name="gate">One number, [1, 1, 1, 1].</param>
    public virtual bool IsClosed(Tensor gate) => false;

    /// <summary>y = a · b, element by element.</summary>
    public abstract void Multiply(Tensor a, Tensor b, Tensor y);

    /// <summary>da += dy · b, element by element.</summary>
    public abstract void MultiplyBackward(Tensor dy, Tensor b, Tensor da, Grant grant = default);

    /// <summary>
    /// y[n,k,h,w] = Σ over c,r,s of x[n, c, h·stride + r − padding, w·stride + s − padding] · w[k,c,r,s].
    /// </summary>
    public abstract void Convolution(Tensor x, Tensor w, Window window, Tensor y, Grant grant = default);

    /// <summary>
    /// dx[n, c, h·stride + r − padding, w·stride + s − padding] += Σ over k of dy[n,k,h,w] · w[k,c,r,s].
    /// </summary>
    public abstract void ConvolutionBackwardData(Tensor dy, Tensor w, Window window, Tensor dx, Grant grant = default);

    /// <summary>
    /// dw[k,c,r,s] += Σ over n,h,w of dy[n,k,h,w] · x[n, c, h·stride + r − padding, w·stride + s − padding].
    /// </summary>
    public abstract void ConvolutionBackwardWeights(
        Tensor x, Tensor dy, Window window, Tensor dw, Grant grant = default);

    /// <summary>y = x + b, with b [1, C, 1, 1] the same everywhere in a channel.</summary>
    public abstract void Bias(Tensor x, Tensor b, Tensor y);

    /// <summary>db[c] += Σ over n,h,w of dy[n,c,h,w].</summary>
    public abstract void BiasBackward(Tensor dy, Tensor db, Grant grant = default);

    /// <summary>
    /// Mean and biased variance of each channel over n,h,w; must survive a mean that dwarfs the deviation.
    /// </summary>
    public abstract void ChannelStatistics(Tensor x, Tensor mean, Tensor variance, Grant grant = default);

    /// <summary>dx += dmean / M + dvariance · 2 (x − mean) / M, with M = N·H·W.</summary>
    public abstract void ChannelStatisticsBackward(
        Tensor x, Tensor mean, Tensor dmean, Tensor dvariance, Tensor dx, Grant grant = default);

    /// <summary>y = max(0, gamma · (x − mean) / √(variance + ε) + beta).</summary>
    public abstract void NormRelu(Tensor x, Normalisation norm, Tensor y);

    /// <summary>
    /// With x̂ = (x − mean) / √(variance + ε) and g = dy where y &gt; 0, else 0: dx += gamma · g / √(variance + ε),
    /// dgamma += Σ g · x̂, dbeta += Σ g, dmean −= gamma · Σ g / √(variance + ε),
    /// dvariance −= gamma · Σ g · x̂ / (2 (variance + ε)), sums over n,h,w.
    /// </summary>
    public abstract void NormReluBackward(
        Tensor x, Normalisation norm, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant = default);

    /// <summary>y = gamma · (x − mean) / √(variance + ε) + beta.</summary>
    public abstract void Norm(Tensor x, Normalisation norm, Tensor y);

    /// <summary>The gradients of <see cref="NormReluBackward"/> with g = dy everywhere.</summary>
    public abstract void NormBackward(
        Tensor x, Normalisation norm, Tensor dy, Tensor dx, Normalisation dnorm, Grant grant = default);

    /// <summary>
    /// running += momentum · (batch − running) for mean and unbiased variance, variance · M / (M − 1); that of a single
    /// value, M = 1, is taken for 0, as its biased one is.
    /// </summary>
    /// <param name="mean">Batch mean.</param>
    /// <param name="variance">Biased batch variance.</param>
    /// <param name="count">M, the number of values behind each mean.</param>
    /// <param name="momentum">Weight of the batch.</param>
    /// <param name="gate">One number; where it is 0, nothing moves. Null for none.</param>
    /// <param name="runningMean">Moved towards the mean.</param>
    /// <param name="runningVariance">Moved towards the unbiased variance.</param>
    public abstract void MoveRunningStatistics(
        Tensor mean, Tensor variance, long count, double momentum, Tensor? gate, Tensor runningMean,
        Tensor runningVariance);

    /// <summary><see cref="NormRelu"/>, then <see cref="Convolution"/>, with no normalised copy.</summary>
    public virtual void NormReluConvolution(
        Tensor x, Normalisation norm, Tensor w, Window window, Tensor y, Grant grant = default) =>
        throw new NotSupportedException($"the {Name} backend does not fuse norm-relu with a convolution");

    /// <summary>The backward of <see cref="NormReluConvolution"/>: dw, then dx and dnorm.</summary>
    public virtual void NormReluConvolutionBackward(
        Tensor x, Normalisation norm, Tensor w, Window window, Tensor dy, Tensor dx, Normalisation dnorm, Tensor dw,
        Grant grant = default) =>
        throw new NotSupportedException($"the {Name} backend does not fuse norm-relu with a convolution");

    /// <summary><see cref="NormRelu"/>, then <see cref="AveragePool"/>, with no normalised copy.</summary>
    public virtual void NormReluAveragePool(
        Tensor x, Normalisation norm, Window window, Tensor y, Grant grant = default) =>
        throw new NotSupportedException($"the {Name} backend does not fuse norm-relu with pooling");

    /// <summary>The backward of <see cref="NormReluAveragePool"/>: dx and dnorm.</summary>
    public virtual void NormReluAveragePoolBackward(
        Tensor x, Normalisation norm, Window window, Tensor dy, Tensor dx, Normalisation dnorm,
        Grant grant = default) =>
        throw new NotSupportedException($"the {Name} backend does not fuse norm-relu with pooling");

    /// <summary>ys = forward(x), image by image.</summary>
    public virtual void Imagewise(IImagewise forward, Tensor x, Tensor[] ys, Grant grant = default) =>
        forward.Play(x, ys, grant.Workspace?.Address ?? 0);

    /// <summary>y = mean of x over each window; padding counts as zeros.</summary>
    public abstract void AveragePool(Tensor x, Window window, Tensor y);

    /// <summary>dx += dy / (R·S) at every pixel of each window.</summary>
    public abstract void AveragePoolBackward(Tensor dy, Window window, Tensor dx, Grant grant = default);

    /// <summary>y = maximum of x over each window; padding does not take part.</summary>
    public abstract void MaxPool(Tensor x, Window window, Tensor y);

    /// <summary>dx += dy at the first maximum of each window, in rows and then columns.</summary>
    public abstract void MaxPoolBackward(Tensor x, Tensor dy, Window window, Tensor dx, Grant grant = default);

    /// <summary>
    /// y = x / (1 − rate) where the random number of the element is at least rate, else 0. It is word i mod 4 of
    /// Philox(seed, i / 4, ordinal, step), i being the logical index ((n·C + c)·H + h)·W + w within x.
    /// </summary>
    public abstract void Dropout(Tensor x, double rate, uint ordinal, Tensor y);

    /// <summary>dx += dy / (1 − rate) where <see cref="Dropout"/> let the element pass.</summary>
    public abstract void DropoutBackward(Tensor dy, double rate, uint ordinal, Tensor dx, Grant grant = default);

    /// <summary>
    /// loss = mean over n of log Σ exp(logits[n]) − logits[n, label]; correct = how many labels have the largest logit
    /// (the first, where several are equal).
    /// </summary>
    public abstract void SoftmaxCrossEntropy(
        Tensor logits, Tensor labels, Tensor loss, Tensor correct, Grant grant = default);

    /// <summary>dlogits[n,c] += dloss / N · (softmax(logits[n])[c] − [c = label]).</summary>
    public abstract void SoftmaxCrossEntropyBackward(
        Tensor logits, Tensor labels, Tensor dloss, Tensor dlogits, Grant grant = default);

    /// <summary>
    /// Stochastic gradient descent with momentum over all parameters at once, at the learning rate of
    /// <see cref="Step"/>:
    /// g = dw + weightDecay · w, v = momentum · v + g, w −= learningRate · (nesterov ? g + momentum · v : v), dw = 0.
    /// Sutskever et al. 2013, in the form of Torch's optim.sgd with no dampening. In the same sweep,
    /// squares = Σ dw², before they are cleared and without the decay: one number, no finite one if some dw is none.
    /// It overflows where the norm, its root, exceeds 1.8e19 in float32.
    /// </summary>
    public abstract void Sgd(
        double momentum, double weightDecay, bool nesterov, Tensor w, Tensor dw, Tensor v, Tensor squares,
        Grant grant = default);

    /// <summary>
    /// Plays a step, and what follows it. A backend may keep the calls of the first plays and repeat them with one
    /// call, so what follows makes the same calls every time.
    /// </summary>
    /// <param name="plan">The step, bound to an arena.</param>
    /// <param name="then">Calls that follow the step's, as the optimiser's do; the same delegate every time.</param>
    public virtual void Play(MemoryPlan plan, Action<Backend>? then = null)
    {
        plan.Play(this);
        then?.Invoke(this);
    }

    /// <summary>
    /// An operation that no backend has. Its kernel is handed the backend that plays the step, and may use every method
    /// of it, <see cref="Download(Tensor, Span{double})"/> and <see cref="Upload(ReadOnlySpan{double}, Tensor)"/> above
    /// all.
    /// </summary>
    /// <param name="operation">What traces call it.</param>
    /// <param name="reads">The tensors it reads.</param>
    /// <param name="kernel">Computes it, and touches no tensor that is not named here.</param>
    /// <param name="writes">The tensors it writes wholly.</param>
    /// <param name="sums">The gradients it adds to; none is ever to be stored.</param>
    public virtual void Custom(
        string operation, Tensor[] reads, Action<Backend> kernel, Tensor[] writes, Tensor[] sums) =>
        kernel(this);

    /// <summary>
    /// Measures what the device does at best; null for a backend that is not made to be fast. Takes about a second.
    /// </summary>
    public virtual DeviceLimits? MeasureLimits() => null;

    /// <summary>Milliseconds from the start of the first of the calls to the end of the last.</summary>
    /// <param name="calls">Calls of this backend.</param>
    public virtual double MillisecondsOf(Action calls)
    {
        long start = Stopwatch.GetTimestamp();
        calls();

        // Not as a TimeSpan, whose 100 ns are none for a copy of a few numbers.
        return Math.Max(1, Stopwatch.GetTimestamp() - start) * 1000.0 / Stopwatch.Frequency;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives threads and handles back.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
