using DenseNetRaw.Autograd;
using DenseNetRaw.Backends.Reference;
using DenseNetRaw.Tests.Backends;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda.Kernels;

/// <summary>The stand-ins for cuBLAS and cuDNN against the reference backend's convolutions.</summary>
public sealed unsafe class LibraryTests
{
    private const int Bf16OfCudnn = 9;
    private const int Bf16OfCublas = 14;
    private const int Nhwc = 1;
    private const int FmaMath = 3;

    [TestCase(3, 1, 1, false)]
    [TestCase(3, 2, 1, true)]
    [TestCase(1, 2, 0, false)]
    [TestCase(7, 2, 3, true)]
    public void Cudnn_ForwardAndBothBackward_AreTheReference(int side, int stride, int padding, bool isBf16)
    {
        Window window = new(side, side, stride, padding);
        Shape x = new(2, 5, 9, 8), w = new(7, 5, side, side), y = window.Over(x, 7);
        using ReferenceBackend reference = new();
        using TensorMemory memory = new(reference);
        double[] xs = Values(x, 1), ws = Values(w, 2), dys = Values(y, 3);
        Tensor x0 = memory.New(x, xs), w0 = memory.New(w, ws), dy0 = memory.New(y, dys);
        Tensor y0 = memory.New(y), dx0 = memory.New(x), dw0 = memory.New(w);
        reference.Convolution(x0, w0, window, y0);
        reference.ConvolutionBackwardData(dy0, w0, window, dx0);
        reference.ConvolutionBackwardWeights(x0, dy0, window, dw0);

        using Convolver cudnn = new(x, w, y, window, isBf16);
        AssertClose(cudnn.Forward(xs, ws), memory.Read(y0), isBf16);
        AssertClose(cudnn.BackwardData(ws, dys), memory.Read(dx0), isBf16);
        AssertClose(cudnn.BackwardFilter(xs, dys), memory.Read(dw0), isBf16);
    }

    [TestCase(0, 0, 68, 0, 1e-6)]
    [TestCase(1, 0, 68, 0, 1e-6)]
    [TestCase(0, 1, 68, Bf16OfCublas, 1.0 / 128)]
    [TestCase(1, 1, 77, 0, 1e-2)]
    public void Cublas_GemmEx_IsTheProduct(int transposesA, int transposesB, int compute, int type, double tolerance)
    {
        const int M = 5, N = 7, K = 11;
        Emulation emulation = Emulation.Require();
        double[] a = Values(new Shape(1, 1, M, K), 1), b = Values(new Shape(1, 1, K, N), 2), c = new double[M * N];
        for (int i = 0; i < M * N; i++)
        {
            (int m, int n) = (i % M, i / M);
            c[i] = Enumerable.Range(0, K).Sum(k =>
                a[transposesA == 1 ? k + (K * m) : m + (M * k)] * b[transposesB == 1 ? n + (N * k) : k + (K * n)]);
        }

        bool isBf16 = type == Bf16OfCublas;
        using DriverMemory onA = DriverMemory.Of(emulation, Numbers.ToBytes(a, isBf16));
        using DriverMemory onB = DriverMemory.Of(emulation, Numbers.ToBytes(b, isBf16));
        using DriverMemory onC = DriverMemory.Of(emulation, Numbers.ToBytes(c, isBf16));
        nint handle;
        float alpha = 1, beta = 1;
        emulation.Check("cublasCreate_v2", (nint)(&handle));
        emulation.Check(
            "cublasGemmEx", handle, transposesA, transposesB, M, N, K, (nint)(&alpha), onA.Address, type,
            transposesA == 1 ? K : M, onB.Address, type, transposesB == 1 ? N : K, (nint)(&beta), onC.Address, type, M,
            compute, -1);
        emulation.Check("cublasDestroy_v2", handle);
        double largest = c.Max(Math.Abs);
        Assert.That(
            Numbers.ToDoubles(onC.Read(), isBf16),
            Is.EqualTo(c.Select(value => 2 * value)).Within(2 * tolerance * largest));
    }

    [Test]
    public void Cudnn_WithDefaultMath_RoundsToTf32()
    {
        Shape x = new(1, 1, 1, 1);
        using Convolver fma = new(x, x, x, new Window(1, 1), isBf16: false);
        using Convolver tf32 = new(x, x, x, new Window(1, 1), isBf16: false, math: 0);
        double third = 1.0f / 3;
        Assert.That(fma.Forward([third], [1]), Is.EqualTo(new[] { third }));
        Assert.That(tf32.Forward([third], [1])[0], Is.EqualTo(third).Within(1e-3).And.Not.EqualTo(third));
    }

    private static void AssertClose(double[] actual, double[] expected, bool isBf16) => Assert.That(
        actual, Is.EqualTo(expected).Within(expected.Max(Math.Abs) * (isBf16 ? 1.0 / 256 : 1e-5)));

    /// <summary>Numbers that bf16 holds exactly.</summary>
    private static double[] Values(Shape shape, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, (int)shape.Count).Select(_ => random.Next(-128, 128) / 128.0)];
    }

    /// <summary>One convolution of cuDNN, with operands uploaded in the order [N, H, W, C].</summary>
    private sealed class Convolver : IDisposable
    {
        private const nint WorkspaceBytes = 64 << 20;
        private const int DeterministicDefault = 1;

        private readonly Emulation _emulation = Emulation.Require();
        private readonly Shape _x, _w, _y;
        private readonly bool _isBf16;
        private readonly int _forward;
        private readonly nint _handle, _xTensor, _wFilter, _yTensor, _convolution;
        private readonly DriverMemory _workspace;

        public Convolver(Shape x, Shape w, Shape y, Window window, bool isBf16, int math = FmaMath)
        {
            (_x, _w, _y, _isBf16, _forward) = (x, w, y, isBf16, math == FmaMath ? 0 : 1);
            int type = isBf16 ? Bf16OfCudnn : 0;
            _handle = New("cudnnCreate");
            _xTensor = New("cudnnCreateTensorDescriptor");
            _yTensor = New("cudnnCreateTensorDescriptor");
            _wFilter = New("cudnnCreateFilterDescriptor");
            _convolution = New("cudnnCreateConvolutionDescriptor");
            _emulation.Check("cudnnSetTensor4dDescriptor", _xTensor, Nhwc, type, x.N, x.C, x.H, x.W);
            _emulation.Check("cudnnSetTensor4dDescriptor", _yTensor, Nhwc, type, y.N, y.C, y.H, y.W);
            _emulation.Check("cudnnSetFilter4dDescriptor", _wFilter, type, Nhwc, w.N, w.C, w.H, w.W);
            _emulation.Check(
                "cudnnSetConvolution2dDescriptor", _convolution, window.Padding, window.Padding, window.Stride,
                window.Stride, 1, 1, 1, 0);
            _emulation.Check("cudnnSetConvolutionMathType", _convolution, math);
            _workspace = new DriverMemory(_emulation, WorkspaceBytes, 0);
        }

        public double[] Forward(double[] x, double[] w) => Run(
            "cudnnConvolutionForward", _forward, (x, _x, _xTensor), (w, _w, _wFilter), (_y, _yTensor));

        public double[] BackwardData(double[] w, double[] dy) => Run(
            "cudnnConvolutionBackwardData", DeterministicDefault, (w, _w, _wFilter), (dy, _y, _yTensor),
            (_x, _xTensor));

        public double[] BackwardFilter(double[] x, double[] dy) => Run(
            "cudnnConvolutionBackwardFilter", DeterministicDefault, (x, _x, _xTensor), (dy, _y, _yTensor),
            (_w, _wFilter));

        public void Dispose()
        {
            _emulation.Check("cudnnDestroyTensorDescriptor", _xTensor);
            _emulation.Check("cudnnDestroyTensorDescriptor", _yTensor);
            _emulation.Check("cudnnDestroyFilterDescriptor", _wFilter);
            _emulation.Check("cudnnDestroyConvolutionDescriptor", _convolution);
            _emulation.Check("cudnnDestroy", _handle);
            _workspace.Dispose();
        }

        private DriverMemory Upload(double[] values, Shape shape) =>
            DriverMemory.Of(_emulation, Numbers.ToBytes(Numbers.ToNhwc(values, shape), _isBf16));

        private nint New(string function)
        {
            nint made;
            _emulation.Check(function, (nint)(&made));
            return made;
        }

        private double[] Run(
            string function, int algorithm, (double[] Values, Shape Shape, nint Descriptor) a,
            (double[] Values, Shape Shape, nint Descriptor) b, (Shape Shape, nint Descriptor) result)
        {
            float alpha = 1, beta = 0;
            using DriverMemory onA = Upload(a.Values, a.Shape), onB = Upload(b.Values, b.Shape);
            using DriverMemory onResult = new(_emulation, result.Shape.Count * (_isBf16 ? 2 : 4), 0xff);
            _emulation.Check(
                function, _handle, (nint)(&alpha), a.Descriptor, onA.Address, b.Descriptor, onB.Address, _convolution,
                algorithm, _workspace.Address, WorkspaceBytes, (nint)(&beta), result.Descriptor, onResult.Address);
            return Numbers.ToNchw(Numbers.ToDoubles(onResult.Read(), _isBf16), result.Shape);
        }
    }
}
