// Faults on purpose, each of which a test shows to be caught. Nothing else launches them.
#include "common.cuh"

/// y[i] = x[n − 1 − i], with no barrier between writing and reading shared memory.
extern "C" __global__ void planted_missing_barrier(const float* x, int n, float* y)
{
    __shared__ float values[256];
    values[threadIdx.x] = x[threadIdx.x];
    y[threadIdx.x] = values[n - 1 - threadIdx.x];
}

/// The same with the barrier, to show that it is the fault that is caught.
extern "C" __global__ void planted_nothing(const float* x, int n, float* y)
{
    __shared__ float values[256];
    values[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    y[threadIdx.x] = values[n - 1 - threadIdx.x];
}

/// Writes one element too many.
extern "C" __global__ void planted_overrun(const float* x, int n, float* y)
{
    for (int i = threadIdx.x; i <= n; i += blockDim.x)
        y[i] = x[0];
}

/// A shuffle among all lanes of a warp, half of which have ended.
extern "C" __global__ void planted_lonely_shuffle(const float* x, int n, float* y)
{
    if ((int)threadIdx.x % 2 < n % 2 + 1)
        return;
    y[threadIdx.x] = __shfl_sync(~0u, x[threadIdx.x], 1);
}
