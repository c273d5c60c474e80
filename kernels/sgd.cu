// Stochastic gradient descent with momentum over all parameters at once:
//   g = dw + weightDecay · w      v = momentum · v + g      w −= learningRate · (nesterov ? g + momentum · v : v)
// and dw = 0 for the next step. Sutskever et al. 2013, in the form of Torch's optim.sgd with no dampening.
// Before that, squares = Σ dw², of which each block leaves its part in partials [gridDim.x]; the last block adds them.
// w, dw, v [count], dense; squares [1]. Moves 24 bytes an element (reads and writes all three).
// Launch: any number of blocks of 32 to 256 threads, whole warps; four elements a thread where all three begin at
// multiples of 16 bytes.
#include "reduction.cuh"

constexpr int warp_lanes = 32;
constexpr unsigned all_lanes = 0xffffffff;

struct Descent
{
    float momentum, weight_decay;
    int nesterov;
};

/// One step of one parameter; the square of its gradient is added to squares.
__device__ inline void descend(
    const Descent& by, float learning_rate, float& w, float& dw, float& v, float& squares)
{
    squares = fmaf(dw, dw, squares);
    const float g = fmaf(by.weight_decay, w, dw);
    v = fmaf(by.momentum, v, g);
    w -= learning_rate * (by.nesterov ? fmaf(by.momentum, v, g) : v);
    dw = 0;
}

/// The sum over all threads of the block, in the first; the order follows from the number of threads alone.
__device__ inline float sum_of_block(float value)
{
    __shared__ float of_warps[max_threads / warp_lanes];
    for (int bits = warp_lanes / 2; bits > 0; bits /= 2)
        value += __shfl_xor_sync(all_lanes, value, bits);
    __syncthreads(); // the sums of another call have been read
    if (threadIdx.x % warp_lanes == 0)
        of_warps[threadIdx.x / warp_lanes] = value;
    __syncthreads();
    value = 0;
    for (unsigned warp = 0; threadIdx.x == 0 && warp < blockDim.x / warp_lanes; warp++)
        value += of_warps[warp];
    return value;
}

extern "C" __global__ void __launch_bounds__(max_threads) sgd(
    Descent descent, const StepState* step, Index count, float* w, float* dw, float* v, Partials partials,
    float* squares)
{
    float sum = 0;
    const float rate = step->learning_rate;
    const Index thread = (Index)blockIdx.x * blockDim.x + threadIdx.x, threads = (Index)gridDim.x * blockDim.x;
    const Index fours = ((size_t)w | (size_t)dw | (size_t)v) % sizeof(float4) == 0 ? count / 4 : 0;
    for (Index i = thread; i < fours; i += threads)
    {
        float4 weights = ((float4*)w)[i], gradients = ((float4*)dw)[i], velocities = ((float4*)v)[i];
        descend(descent, rate, weights.x, gradients.x, velocities.x, sum);
        descend(descent, rate, weights.y, gradients.y, velocities.y, sum);
        descend(descent, rate, weights.z, gradients.z, velocities.z, sum);
        descend(descent, rate, weights.w, gradients.w, velocities.w, sum);
        ((float4*)w)[i] = weights;
        ((float4*)dw)[i] = gradients;
        ((float4*)v)[i] = velocities;
    }
    for (Index i = 4 * fours + thread; i < count; i += threads)
        descend(descent, rate, w[i], dw[i], v[i], sum);

    sum = sum_of_block(sum);
    if (threadIdx.x == 0)
        partials.sums[blockIdx.x] = sum;
    if (!is_last_block(partials.counters))
        return;
    sum = 0;
    for (unsigned block = threadIdx.x; block < gridDim.x; block += blockDim.x)
        sum += __ldcg(partials.sums + block);
    sum = sum_of_block(sum);
    if (threadIdx.x == 0)
        *squares = sum;
}
