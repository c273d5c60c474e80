namespace DenseNetRaw.Cuda.Native;

/// <summary>The order of a tensor's or filter's extents in memory (cudnnTensorFormat_t).</summary>
internal enum CudnnFormat
{
    Nchw = 0,
    Nhwc = 1,
}
