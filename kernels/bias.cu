// y = x + b, with b the same for all pixels of a channel; backward db += Σ dy over pixels.
// x, y, dy [pixels, channels]; b, db [channels]. Moves pixels · channels · (bytes of x + y), backward those of dy.
#include "reduction.cuh"

template <int Width, typename X, typename Y>
__device__ inline void bias(Slice<X> x, const float* b, Extent extent, Slice<Y> y)
{
    const Run run = run_of_block(extent.pixels, blockIdx.x);
    for (Group<Width> group(extent.channels); group.is_left(); group.next())
    {
        float shift[Width];
        load(b, group, shift);
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            float values[Width];
            load(x, pixel, group, values);
            for (int i = 0; i < Width; i++)
                values[i] += shift[i];
            store(y, pixel, group, values);
        }
    }
}

template <int Width, typename DY>
__device__ inline void bias_backward(Slice<DY> dy, Extent extent, Partials partials, float* db)
{
    const auto sum = [=](const Group<Width>& group, Run run, Sums<Width>& sums) {
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            float gradient[Width];
            load(dy, pixel, group, gradient);
            for (int i = 0; i < Width; i++)
                sums.a[i] += gradient[i];
        }
    };
    reduce_pixels<Sums, Width>(extent, partials, sum, [=](Index c, float total, float) { db[c] += total; });
}

#define BIAS(X, Y) \
    extern "C" __global__ void bias_##X##_##Y(Slice<X> x, const float* b, Extent extent, Slice<Y> y) \
    { \
        BY_WIDTH(bias, (x, y), (x, b, extent, y)) \
    }
BIAS(f32, f32)
BIAS(bf16, bf16)

#define BIAS_BACKWARD(DY) \
    extern "C" __global__ void __launch_bounds__(max_threads) bias_backward_##DY( \
        Slice<DY> dy, Extent extent, Partials partials, float* db) \
    { \
        BY_WIDTH(bias_backward, (dy), (dy, extent, partials, db)) \
    }
BIAS_BACKWARD(f32)
BIAS_BACKWARD(bf16)
