// Stochastic gradient descent with momentum over all parameters at once:
//   g = dw + weightDecay · w      v = momentum · v + g      w −= learningRate · (nesterov ? g + momentum · v : v)
// and dw = 0 for the next step. Sutskever et al. 2013, in the form of Torch's optim.sgd with no dampening.
// w, dw, v [count], dense. Moves 24 bytes an element (reads and writes all three).
// Launch: any number of blocks and threads; four elements a thread where all three begin at multiples of 16 bytes.
#include "common.cuh"

struct Descent
{
    float momentum, weight_decay;
    int nesterov;
};

__device__ inline void descend(const Descent& by, float learning_rate, float& w, float& dw, float& v)
{
    const float g = fmaf(by.weight_decay, w, dw);
    v = fmaf(by.momentum, v, g);
    w -= learning_rate * (by.nesterov ? fmaf(by.momentum, v, g) : v);
    dw = 0;
}

extern "C" __global__ void sgd(Descent descent, const StepState* step, Index count, float* w, float* dw, float* v)
{
    const float rate = step->learning_rate;
    const Index thread = (Index)blockIdx.x * blockDim.x + threadIdx.x, threads = (Index)gridDim.x * blockDim.x;
    const Index fours = ((size_t)w | (size_t)dw | (size_t)v) % sizeof(float4) == 0 ? count / 4 : 0;
    for (Index i = thread; i < fours; i += threads)
    {
        float4 weights = ((float4*)w)[i], gradients = ((float4*)dw)[i], velocities = ((float4*)v)[i];
        descend(descent, rate, weights.x, gradients.x, velocities.x);
        descend(descent, rate, weights.y, gradients.y, velocities.y);
        descend(descent, rate, weights.z, gradients.z, velocities.z);
        descend(descent, rate, weights.w, gradients.w, velocities.w);
        ((float4*)w)[i] = weights;
        ((float4*)dw)[i] = gradients;
        ((float4*)v)[i] = velocities;
    }
    for (Index i = 4 * fours + thread; i < count; i += threads)
        descend(descent, rate, w[i], dw[i], v[i]);
}
