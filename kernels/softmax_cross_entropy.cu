// loss = mean over n of log Σ exp(logits[n]) − logits[n, label]; correct = how many labels have the largest logit (the
// first, where several are equal). Backward: dlogits[n, c] += dloss / N · (softmax(logits[n])[c] − [c = label]).
// The largest logit is taken off first, so no exponential overflows.
// logits, dlogits [images, classes]; labels [images]; loss, correct, dloss [1]. Moves images · classes · bytes of each.
// Launch: blocks of (32, 8) threads, a warp an image; forward grids of ⌈images / 8⌉ blocks, backward any number.
#include "reduction.cuh"

constexpr int warp_lanes = 32;
constexpr unsigned all_lanes = 0xffffffff;

/// The largest logit of an image, its first index, and Σ exp(logit − largest); equal in all lanes of the warp.
struct Softmax
{
    float largest = -__int_as_float(0x7f800000), sum = 0;
    int best = 0x7fffffff;

    template <typename T> __device__ Softmax(Slice<T> logits, Index image, int classes)
    {
        const T* row = logits.first + image * logits.pitch;
        for (int c = threadIdx.x; c < classes; c += warp_lanes)
            take(to_float(row[c]), c);
        for (int bits = warp_lanes / 2; bits > 0; bits /= 2)
        {
            const float other = __shfl_xor_sync(all_lanes, largest, bits);
            take(other, __shfl_xor_sync(all_lanes, best, bits));
        }
        for (int c = threadIdx.x; c < classes; c += warp_lanes)
            sum += expf(to_float(row[c]) - largest);
        for (int bits = warp_lanes / 2; bits > 0; bits /= 2)
            sum += __shfl_xor_sync(all_lanes, sum, bits);
    }

    __device__ void take(float logit, int c)
    {
        if (logit > largest || (logit == largest && c < best))
        {
            largest = logit;
            best = c;
        }
    }
};

/// partials holds [gridDim.x, 2] sums and one counter.
template <typename T>
__device__ inline void softmax_cross_entropy(
    Slice<T> logits, const int* labels, Extent extent, Partials partials, float* loss, float* correct)
{
    const Index image = (Index)blockIdx.x * blockDim.y + threadIdx.y;
    Sums<1> sums;
    if (image < extent.pixels) // the same for all lanes of a warp
    {
        const Softmax softmax(logits, image, extent.channels);
        const int label = labels[image];
        const float of_label = to_float(logits.first[image * logits.pitch + label]);
        sums.a[0] = logf(softmax.sum) + (softmax.largest - of_label);
        sums.b[0] = softmax.best == label;
    }
    merge_rows(sums);
    const bool is_first = threadIdx.x == 0 && threadIdx.y == 0;
    if (is_first)
    {
        partials.sums[2 * blockIdx.x] = sums.a[0];
        partials.sums[2 * blockIdx.x + 1] = sums.b[0];
    }
    if (!is_last_block(partials.counters))
        return;
    sums = Sums<1>();
    for (unsigned block = threadIdx.y; block < gridDim.x; block += blockDim.y)
    {
        sums.a[0] += __ldcg(partials.sums + 2 * block);
        sums.b[0] += __ldcg(partials.sums + 2 * block + 1);
    }
    merge_rows(sums);
    if (is_first)
    {
        *loss = sums.a[0] / (float)extent.pixels;
        *correct = sums.b[0];
    }
}

template <typename T, typename DX>
__device__ inline void softmax_cross_entropy_backward(
    Slice<T> logits, const int* labels, const float* dloss, Extent extent, int stores, Slice<DX> dlogits)
{
    const float scale = *dloss / (float)extent.pixels;
    for (Index image = (Index)blockIdx.x * blockDim.y + threadIdx.y; image < extent.pixels;
         image += (Index)gridDim.x * blockDim.y)
    {
        const Softmax softmax(logits, image, extent.channels);
        for (int c = threadIdx.x; c < extent.channels; c += warp_lanes)
        {
            const float logit = to_float(logits.first[image * logits.pitch + c]);
            const float probability = expf(logit - softmax.largest) / softmax.sum;
            DX& gradient = dlogits.first[image * dlogits.pitch + c];
            const float before = stores ? 0 : to_float(gradient);
            from_float(before + scale * (probability - (float)(c == labels[image])), gradient);
        }
    }
}

#define SOFTMAX_CROSS_ENTROPY(T) \
    extern "C" __global__ void __launch_bounds__(max_threads) softmax_cross_entropy_##T( \
        Slice<T> logits, const int* labels, Extent extent, Partials partials, float* loss, float* correct) \
    { \
        softmax_cross_entropy(logits, labels, extent, partials, loss, correct); \
    }
SOFTMAX_CROSS_ENTROPY(f32)
SOFTMAX_CROSS_ENTROPY(bf16)

#define SOFTMAX_CROSS_ENTROPY_BACKWARD(T, DX) \
    extern "C" __global__ void softmax_cross_entropy_backward_##T##_##DX( \
        Slice<T> logits, const int* labels, const float* dloss, Extent extent, int stores, Slice<DX> dlogits) \
    { \
        softmax_cross_entropy_backward(logits, labels, dloss, extent, stores, dlogits); \
    }
SOFTMAX_CROSS_ENTROPY_BACKWARD(f32, f32)
SOFTMAX_CROSS_ENTROPY_BACKWARD(bf16, f32)
SOFTMAX_CROSS_ENTROPY_BACKWARD(bf16, bf16)
