using DenseNetRaw.Cuda.Libraries;
using DenseNetRaw.Cuda.Native;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>Small whole numbers, so that every way to take a product is exact, TF32 too.</summary>
[Category("Cuda")]
[NonParallelizable]
public sealed class CublasTests
{
    private const long WorkspaceBytes = 32 << 20;

    // Row by row A [2, 3] and B [3, 2]; their product is [[4, 5], [10, 11]].
    private static readonly float[] A = [1, 2, 3, 4, 5, 6];
    private static readonly float[] B = [1, 0, 0, 1, 1, 1];

    private static IEnumerable<CublasCompute> ComputeTypes =>
        [CublasCompute.Float32, CublasCompute.Float32Pedantic, CublasCompute.Tf32];

    [TestCaseSource(nameof(ComputeTypes))]
    public void Product_OfRowMajorMatrices_IsThatOfTheExchangedOperands(object compute)
    {
        using TestDevice device = TestDevice.Open(CudaLibrary.Cublas);
        using CublasHandle cublas = CublasHandle.Create(device.Context, device.Stream);
        using DeviceMemory workspace = DeviceMemory.Allocate(device.Context, WorkspaceBytes);
        using DeviceMemory a = device.Upload(A), b = device.Upload(B), c = device.Upload(100, 100, 100, 100);
        cublas.SetWorkspace(workspace.Address, workspace.Bytes);
        cublas.SetMath(CublasMath.Default);
        cublas.Multiply(
            (new Matrix(b.Address, CudaDataType.Float32, 2), CublasOperation.AsIs),
            (new Matrix(a.Address, CudaDataType.Float32, 3), CublasOperation.AsIs),
            (2, 2, 3), 1, 1, (CublasCompute)compute, new Matrix(c.Address, CudaDataType.Float32, 2));
        Assert.That(device.Download(c), Is.EqualTo(new float[] { 104, 105, 110, 111 }));
    }

    [Test]
    public void Product_OfATransposedMatrix_ReadsItTheOtherWay()
    {
        using TestDevice device = TestDevice.Open(CudaLibrary.Cublas);
        using CublasHandle cublas = CublasHandle.Create(device.Context, device.Stream);
        using DeviceMemory a = device.Upload(A), c = device.Upload(0, 0, 0, 0);
        // Column by column the memory of A is its transpose, [3, 2]: this is A · Aᵀ.
        Matrix stored = new(a.Address, CudaDataType.Float32, 3);
        cublas.Multiply(
            (stored, CublasOperation.Transposed), (stored, CublasOperation.AsIs), (2, 2, 3), 1, 0,
            CublasCompute.Float32, new Matrix(c.Address, CudaDataType.Float32, 2));
        Assert.That(device.Download(c), Is.EqualTo(new float[] { 14, 32, 32, 77 }));
    }

    [Test]
    public void LtProduct_ByAProposedAlgorithm_IsThatOfCublas()
    {
        using TestDevice device = TestDevice.Open(CudaLibrary.CublasLt);
        using CublasLtHandle lt = CublasLtHandle.Create(device.Context);
        using DeviceMemory workspace = DeviceMemory.Allocate(device.Context, WorkspaceBytes);
        using DeviceMemory a = device.Upload(A), b = device.Upload(B), d = device.Upload(0, 0, 0, 0);
        using MatmulOperation operation = MatmulOperation.Create(
            device.Context, CublasOperation.AsIs, CublasOperation.AsIs, CublasCompute.Float32);
        using MatrixLayout layoutA = MatrixLayout.Create(device.Context, CudaDataType.Float32, 2, 3, 2);
        using MatrixLayout layoutB = MatrixLayout.Create(device.Context, CudaDataType.Float32, 3, 2, 3);
        using MatrixLayout layoutD = MatrixLayout.Create(device.Context, CudaDataType.Float32, 2, 2, 2);
        using MatmulPreference preference = MatmulPreference.Create(device.Context, WorkspaceBytes, 16);
        MatmulHeuristic[] proposals = new MatmulHeuristic[4];
        int count = lt.Propose(operation, layoutA, layoutB, layoutD, preference, proposals);
        Assert.That(count, Is.Positive);
        Assert.That(proposals[0].Status, Is.EqualTo(CublasStatus.Success));
        lt.Multiply(
            operation, (b.Address, layoutA), (a.Address, layoutB), 1, 0, proposals[0].Algorithm,
            (workspace.Address, workspace.Bytes), device.Stream, (d.Address, layoutD));
        Assert.That(device.Download(d), Is.EqualTo(new float[] { 4, 5, 10, 11 }));
    }
}
