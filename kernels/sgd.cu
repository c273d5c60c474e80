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
    typedef Pack<float, 4> Four;
    const float learning_rate = step->learning_rate;
    const Index thread = (Index)blockIdx.x * blockDim.x + threadIdx.x, threads = (Index)gridDim.x * blockDim.x;
    const Index fours = ((size_t)w | (size_t)dw | (size_t)v) % sizeof(Four) == 0 ? count / 4 : 0;
    for (Index i = thread; i < fours; i += threads)
    {
        Four weights = ((Four*)w)[i], gradients = ((Four*)dw)[i], velocities = ((Four*)v)[i];
        for (int k = 0; k < 4; k++)
            descend(descent, learning_rate, weights.values[k], gradients.values[k], velocities.values[k]);
        ((Four*)w)[i] = weights;
        ((Four*)dw)[i] = gradients;
        ((Four*)v)[i] = velocities;
    }
    for (Index i = 4 * fours + thread; i < count; i += threads)
        descend(descent, learning_rate, w[i], dw[i], v[i]);
}
