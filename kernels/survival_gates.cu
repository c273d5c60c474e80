// gates[l] = 1 where the first word of Philox(seed, l, stream, step) · 2⁻³² is below p(l) = 1 − (l + 1) / L · fall, else
// 0: whether block l of L survives the step. Huang et al. 2016, arXiv:1603.09382, equation 4, fall = 1 − p(L − 1).
// In float64, each operation rounded by itself as the host's are, so that the gates are the same on every backend.
// gates [count]; moves 4 bytes each. Launch: any number of blocks and threads.
#include "philox.cuh"

extern "C" __global__ void draw_gates(
    double fall, unsigned stream, const StepState* step, int count, float* gates)
{
    for (Index l = (Index)blockIdx.x * blockDim.x + threadIdx.x; l < count; l += (Index)gridDim.x * blockDim.x)
    {
        const double unit = philox(step->seed, (unsigned long long)l, stream, step->number).x * (1.0 / 4294967296.0);
        gates[l] = unit < __dsub_rn(1, __dmul_rn((l + 1.0) / count, fall)) ? 1 : 0;
    }
}
