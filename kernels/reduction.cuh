// Sums over pixels, a channel its own, in two stages within one launch: each block sums its pixels and leaves its
// partial sums in global memory, and the last block to finish adds those of all blocks, in the order of the blocks.
// No floating-point atomics, so the result depends on the launch alone, never on timing.
#pragma once
#include "common.cuh"

constexpr int max_threads = 256;
constexpr int max_width = 8;

/// Where blocks leave partial sums. Kernels that share one must follow one another on a stream.
struct Partials
{
    float* sums;        // [gridDim.x, 2, channels]
    unsigned* counters; // [gridDim.y], 0 before and after every launch
};

/// Shared memory for two numbers of each channel of each thread.
__device__ inline float* reduction_memory()
{
    __shared__ float memory[2 * max_width * max_threads];
    return memory;
}

/// True in all threads of the last of the blocks with this blockIdx.y that gets here; it sees what all have written.
__device__ inline bool is_last_block(unsigned* counters)
{
    __shared__ bool is_last;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0 && threadIdx.y == 0)
        is_last = atomicInc(&counters[blockIdx.y], gridDim.x - 1) == gridDim.x - 1;
    __syncthreads();
    __threadfence();
    return is_last;
}

/// Two sums of each channel over count pixels.
template <int Width> struct Sums
{
    float a[Width] = {}, b[Width] = {}, count = 0;

    /// Of two sets of pixels, those of both. The other's lie step apart.
    __device__ void merge(const float* other_a, const float* other_b, int step, float other_count)
    {
        for (int i = 0; i < Width; i++)
        {
            a[i] += other_a[i * step];
            b[i] += other_b[i * step];
        }
        count += other_count;
    }
};

/// Mean (a) and summed squares of the deviations from it (b) of each channel over count pixels.
/// Chan, Golub and LeVeque 1979, "Updating formulae and a pairwise algorithm for computing sample variances", eq. 2.1.
template <int Width> struct Moments
{
    float a[Width] = {}, b[Width] = {}, count = 0;

    /// Of two sets of pixels, those of both. The other's lie step apart.
    __device__ void merge(const float* other_a, const float* other_b, int step, float other_count)
    {
        if (other_count == 0)
            return;
        const float share = other_count / (count + other_count);
        for (int i = 0; i < Width; i++)
        {
            const float difference = other_a[i * step] - a[i];
            a[i] += difference * share;
            b[i] += other_b[i * step] + difference * difference * share * count;
        }
        count += other_count;
    }
};

/// Moments of the pixels that a thread takes one by one: it sums deviations from its own first value, so a mean that
/// dwarfs the deviation costs no precision. Chan, Golub and LeVeque 1983, doi:10.1080/00031305.1983.10483115.
template <int Width> struct ThreadMoments
{
    float shift[Width] = {}, sum[Width] = {}, squares[Width] = {}, count = 0;

    __device__ void add(const float (&values)[Width])
    {
        for (int i = 0; i < Width; i++)
        {
            if (count == 0)
                shift[i] = values[i];
            sum[i] += values[i] - shift[i];
            squares[i] = fmaf(values[i] - shift[i], values[i] - shift[i], squares[i]);
        }
        count++;
    }

    __device__ Moments<Width> moments() const
    {
        Moments<Width> result;
        result.count = count;
        for (int i = 0; i < Width && count > 0; i++)
        {
            const float difference = sum[i] / count;
            result.a[i] = shift[i] + difference;
            result.b[i] = fmaxf(0, squares[i] - difference * sum[i]);
        }
        return result;
    }
};

/// Merges the sums of threads with equal threadIdx.x by a tree; those with threadIdx.y = 0 get the result.
template <template <int> class Kind, int Width> __device__ inline void merge_rows(Kind<Width>& sums)
{
    __shared__ float counts[max_threads];
    const int threads = blockDim.x * blockDim.y, thread = threadIdx.y * blockDim.x + threadIdx.x;
    float *a = reduction_memory() + thread, *b = a + Width * threads;
    for (unsigned half = blockDim.y / 2; half > 0; half /= 2)
    {
        if (threadIdx.y >= half && threadIdx.y < 2 * half)
        {
            counts[thread] = sums.count;
            for (int i = 0; i < Width; i++)
            {
                a[i * threads] = sums.a[i];
                b[i * threads] = sums.b[i];
            }
        }
        __syncthreads();
        const int below = half * blockDim.x;
        if (threadIdx.y < half)
            sums.merge(a + below, b + below, threads, counts[thread + below]);
    }
    __syncthreads(); // before the next merge writes what is still being read
}

/// Merges the block's sums of a group's channels, and leaves them for the last block.
template <template <int> class Kind, int Width>
__device__ inline void leave_sums(Kind<Width>& sums, const Group<Width>& group, int channels, Partials partials)
{
    merge_rows(sums);
    float* to = partials.sums + 2 * (Index)blockIdx.x * channels + group.channel();
    for (int i = 0; i < Width; i++)
        if (threadIdx.y == 0 && i < group.count())
        {
            to[i] = sums.a[i];
            to[i + channels] = sums.b[i];
        }
}

/// In the last block of all that left sums, calls finish(channel, a, b) for every channel.
template <template <int> class Kind, int Width, typename Finish>
__device__ inline void finish_sums(Extent extent, Partials partials, Finish finish)
{
    if (!is_last_block(partials.counters))
        return;
    for (Group<Width> group(extent.channels); group.is_left(); group.next())
    {
        Kind<Width> sums;
        for (unsigned block = threadIdx.y; block < gridDim.x; block += blockDim.y)
        {
            const float* from = partials.sums + 2 * (Index)block * extent.channels + group.channel();
            const Run run = run_of_block(extent.pixels, block);
            float a[Width] = {}, b[Width] = {};
            for (int i = 0; i < Width; i++)
                if (i < group.count())
                {
                    a[i] = __ldcg(from + i);
                    b[i] = __ldcg(from + i + extent.channels);
                }
            sums.merge(a, b, 1, run.end - run.begin);
        }
        merge_rows(sums);
        for (int i = 0; i < Width; i++)
            if (threadIdx.y == 0 && i < group.count())
                finish(group.channel() + i, sums.a[i], sums.b[i]);
    }
}

/// Calls sum(group, run, sums) for the block's pixels and, in the last block, finish(channel, a, b) for every channel.
template <template <int> class Kind, int Width, typename Sum, typename Finish>
__device__ inline void reduce_pixels(Extent extent, Partials partials, Sum sum, Finish finish)
{
    for (Group<Width> group(extent.channels); group.is_left(); group.next())
    {
        Kind<Width> sums;
        sum(group, run_of_block(extent.pixels, blockIdx.x), sums);
        leave_sums(sums, group, extent.channels, partials);
    }
    finish_sums<Kind, Width>(extent, partials, finish);
}
