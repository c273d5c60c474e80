using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Cuda.Native;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>
/// A 3×3 convolution of one pixel-wide border, channels last, and its gradients: x [1, 4, 3, 3] of ones, w [8, 4, 3, 3]
/// of twos, dy of ones. Whole numbers, so that every algorithm that does not transform is exact.
/// </summary>
[Category("Cuda")]
[NonParallelizable]
public sealed class CudnnTests
{
    private const int C = 4, K = 8, Side = 3;

    // How many taps of the filter fall inside the image, pixel by pixel, and likewise pixels, tap by tap.
    private static readonly float[] Overlaps = [4, 6, 4, 6, 9, 6, 4, 6, 4];

    private static readonly int[] ExactAlgorithms = [0, 1];

    [Test]
    public void Forward_OfOnes_CountsTheTapsInsideTheImage()
    {
        using TestDevice device = TestDevice.Open(CudaLibrary.Cudnn);
        using CudnnHandle cudnn = CudnnHandle.Create(device.Context, device.Stream);
        using CudnnConvolution shapes = Shapes(device);
        using DeviceMemory x = device.Upload(Repeat(1, C)), w = device.Upload(Repeat(2, K * C));
        using DeviceMemory y = device.Upload(Repeat(0, K));
        CudnnAlgorithm[] proposals = new CudnnAlgorithm[8];
        int algorithm = Choose(proposals, cudnn.ProposeForward(shapes, proposals));
        using DeviceMemory workspace = Workspace(device, cudnn.ForwardWorkspaceBytes(shapes, algorithm));
        cudnn.Forward(
            shapes, x.Address, w.Address, algorithm, (workspace.Address, workspace.Bytes), 0, y.Address);
        Assert.That(device.Download(y), Is.EqualTo(Overlaps.SelectMany(o => Enumerable.Repeat(2 * C * o, K))));
    }

    [Test]
    public void BackwardData_OfOnes_CountsLikewise()
    {
        using TestDevice device = TestDevice.Open(CudaLibrary.Cudnn);
        using CudnnHandle cudnn = CudnnHandle.Create(device.Context, device.Stream);
        using CudnnConvolution shapes = Shapes(device);
        using DeviceMemory dy = device.Upload(Repeat(1, K)), w = device.Upload(Repeat(2, K * C));
        using DeviceMemory dx = device.Upload(Repeat(1, C));
        CudnnAlgorithm[] proposals = new CudnnAlgorithm[8];
        int algorithm = Choose(proposals, cudnn.ProposeBackwardData(shapes, proposals));
        using DeviceMemory workspace = Workspace(device, cudnn.BackwardDataWorkspaceBytes(shapes, algorithm));
        cudnn.BackwardData(
            shapes, w.Address, dy.Address, algorithm, (workspace.Address, workspace.Bytes), 1, dx.Address);
        Assert.That(
            device.Download(dx), Is.EqualTo(Overlaps.SelectMany(o => Enumerable.Repeat((2 * K * o) + 1, C))));
    }

    [Test]
    public void BackwardFilter_OfOnes_CountsLikewiseAndAdds()
    {
        using TestDevice device = TestDevice.Open(CudaLibrary.Cudnn);
        using CudnnHandle cudnn = CudnnHandle.Create(device.Context, device.Stream);
        using CudnnConvolution shapes = Shapes(device);
        using DeviceMemory x = device.Upload(Repeat(1, C)), dy = device.Upload(Repeat(1, K));
        using DeviceMemory dw = device.Upload(Repeat(100, K * C));
        CudnnAlgorithm[] proposals = new CudnnAlgorithm[8];
        int algorithm = Choose(proposals, cudnn.ProposeBackwardFilter(shapes, proposals));
        using DeviceMemory workspace = Workspace(device, cudnn.BackwardFilterWorkspaceBytes(shapes, algorithm));
        cudnn.BackwardFilter(
            shapes, x.Address, dy.Address, algorithm, (workspace.Address, workspace.Bytes), 1, dw.Address);
        IEnumerable<float> filter = Overlaps.SelectMany(o => Enumerable.Repeat(100 + o, C));
        Assert.That(device.Download(dw), Is.EqualTo(Enumerable.Repeat(filter, K).SelectMany(f => f)));
    }

    private static CudnnConvolution Shapes(TestDevice device) => new(
        device.Context, CudnnDataType.Float32, CudnnMath.FusedMultiplyAdd, (1, C, Side, Side), (K, 3, 3), 1, 1);

    private static int Choose(CudnnAlgorithm[] proposals, int count)
    {
        Assert.That(count, Is.Positive);
        return proposals.Take(count)
            .First(p => p.Status == CudnnStatus.Success && p.Math == CudnnMath.FusedMultiplyAdd
                && ExactAlgorithms.Contains(p.Algorithm)).Algorithm;
    }

    private static DeviceMemory Workspace(TestDevice device, long? bytes)
    {
        Assert.That(bytes, Is.Not.Null);
        return DeviceMemory.Allocate(device.Context, Math.Max(256, bytes!.Value));
    }

    private static float[] Repeat(float value, int channels) =>
        [.. Enumerable.Repeat(value, Side * Side * channels)];
}
