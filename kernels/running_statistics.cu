// running += momentum · (batch − running) for mean and unbiased variance, variance · M / (M − 1).
// Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 2. Vectors [channels]; moves 24 bytes a channel.
// Launch: any number of blocks and threads. unbiased is M / max(1, M − 1). gate is one number or null; where it is 0,
// nothing moves.
#include "common.cuh"

extern "C" __global__ void move_running_statistics(
    const float* mean, const float* variance, float unbiased, float momentum, const float* gate, int channels,
    float* running_mean, float* running_variance)
{
    if (gate && *gate == 0)
    {
        return;
    }

    for (Index c = (Index)blockIdx.x * blockDim.x + threadIdx.x; c < channels; c += (Index)gridDim.x * blockDim.x)
    {
        running_mean[c] += momentum * (mean[c] - running_mean[c]);
        running_variance[c] += momentum * (variance[c] * unbiased - running_variance[c]);
    }
}
