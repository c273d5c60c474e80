// Mean and biased variance of each channel over all pixels.
// x [pixels, channels]; mean, variance [channels]. Moves pixels · channels · (bytes of x); with a copy, those of y too.
// A mean that dwarfs the deviation costs no precision: see ThreadMoments and Moments.
//
// copy_channel_statistics also writes y = x, and takes the statistics of what y holds after rounding: it puts the
// packed result of a convolution into its channels of a block's storage.
//
// Backward: dx += dmean / M + dvariance · 2 (x − mean) / M, with M the number of pixels.
// Moves pixels · channels · (bytes of x + dx, and dx once more unless it is stored).
#include "reduction.cuh"

template <int Width, typename X, typename Y>
__device__ inline void channel_statistics(
    Slice<X> x, Extent extent, Partials partials, bool copies, Slice<Y> y, float* mean, float* variance)
{
    const auto sum = [=](const Group<Width>& group, Run run, Moments<Width>& moments) {
        ThreadMoments<Width> of_thread;
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            float values[Width];
            load(x, pixel, group, values);
            if (copies)
                store(y, pixel, group, values);
            for (int i = 0; i < Width && copies; i++)
                values[i] = rounded<Y>(values[i]);
            of_thread.add(values);
        }
        moments = of_thread.moments();
    };
    reduce_pixels<Moments, Width>(extent, partials, sum, [=](Index c, float mu, float squares) {
        mean[c] = mu;
        variance[c] = squares / extent.pixels;
    });
}

template <int Width, typename X, typename DX>
__device__ inline void channel_statistics_backward(
    Slice<X> x, const float* mean, const float* dmean, const float* dvariance, Extent extent, int stores, Slice<DX> dx)
{
    const Run run = run_of_block(extent.pixels, blockIdx.x);
    for (Group<Width> group(extent.channels); group.is_left(); group.next())
    {
        float mu[Width], offset[Width], slope[Width];
        load(mean, group, mu);
        load(dmean, group, offset);
        load(dvariance, group, slope);
        for (int i = 0; i < Width; i++)
        {
            offset[i] /= extent.pixels;
            slope[i] *= 2.0f / extent.pixels;
        }
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            float values[Width];
            load(x, pixel, group, values);
            for (int i = 0; i < Width; i++)
                values[i] = fmaf(slope[i], values[i] - mu[i], offset[i]);
            accumulate(dx, pixel, group, values, stores);
        }
    }
}

#define CHANNEL_STATISTICS(X) \
    extern "C" __global__ void __launch_bounds__(max_threads) channel_statistics_##X( \
        Slice<X> x, Extent extent, Partials partials, float* mean, float* variance) \
    { \
        BY_WIDTH(channel_statistics, (x), (x, extent, partials, false, x, mean, variance)) \
    }
CHANNEL_STATISTICS(f32)
CHANNEL_STATISTICS(bf16)

#define COPY_CHANNEL_STATISTICS(X, Y) \
    extern "C" __global__ void __launch_bounds__(max_threads) copy_channel_statistics_##X##_##Y( \
        Slice<X> x, Extent extent, Partials partials, Slice<Y> y, float* mean, float* variance) \
    { \
        BY_WIDTH(channel_statistics, (x, y), (x, extent, partials, true, y, mean, variance)) \
    }
COPY_CHANNEL_STATISTICS(f32, f32)
COPY_CHANNEL_STATISTICS(bf16, bf16)

#define CHANNEL_STATISTICS_BACKWARD(X, DX) \
    extern "C" __global__ void __launch_bounds__(max_threads) channel_statistics_backward_##X##_##DX( \
        Slice<X> x, const float* mean, const float* dmean, const float* dvariance, Extent extent, int stores, \
        Slice<DX> dx) \
    { \
        BY_WIDTH(channel_statistics_backward, (x, dx), (x, mean, dmean, dvariance, extent, stores, dx)) \
    }
CHANNEL_STATISTICS_BACKWARD(f32, f32)
CHANNEL_STATISTICS_BACKWARD(bf16, f32)
CHANNEL_STATISTICS_BACKWARD(bf16, bf16)
