// Norm-relu (norm_relu.cu), then average pooling (pool.cu), with no normalised copy between them: what a transition
// and the network's end begin with.
// x, dx [N·H·W, channels]; y, dy [N·P·Q, channels]; the vectors [channels]. Every pixel of y normalises and gathers its
// window; moves channels · (bytes of x + y), where windows do not overlap.
//
// Backward, one pass over x: the gradient of a normalised pixel is gathered from the windows that hold it, and from
// there on all is as in norm_relu.cu. Moves channels · (bytes of x + dy + dx, and dx once more unless it is stored);
// what several pixels gather comes from the cache.
#include "norm.cuh"
#include "pool.cuh"
#include "reduction.cuh"

template <int Width, typename X, typename Y>
__device__ inline void norm_relu_average_pool(
    Slice<X> x, const Norm& norm, Pooling pooling, Extent y_extent, Slice<Y> y)
{
    const Run run = run_of_block(y_extent.pixels, blockIdx.x);
    const float share = 1.0f / (float)(pooling.window_height * pooling.window_width);
    for (Group<Width> group(y_extent.channels); group.is_left(); group.next())
    {
        const GroupNorm<Width> of(norm, group);
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            const Place place(pixel, pooling.y_height, pooling.y_width);
            const Range rows = under_window(place.row, pooling.window_height, pooling.x_height, pooling);
            const Range columns = under_window(place.column, pooling.window_width, pooling.x_width, pooling);
            float mean[Width] = {};
            for (int row = rows.begin; row < rows.end; row++)
                for (int column = columns.begin; column < columns.end; column++)
                {
                    float values[Width];
                    load(x, pixel_of_x(pooling, place.image, row, column), group, values);
                    for (int i = 0; i < Width; i++)
                        mean[i] = fmaf(relu(of.shifted(i, of.normalised(i, values[i]))), share, mean[i]);
                }
            store(y, pixel, group, mean);
        }
    }
}

template <int Width, typename X, typename DY, typename DX>
__device__ inline void norm_relu_average_pool_backward(
    Slice<X> x, const Norm& norm, Pooling pooling, Slice<DY> dy, Extent x_extent, Partials partials, int stores,
    Slice<DX> dx, const NormGradient& dnorm)
{
    const auto sum = [=](const Group<Width>& group, Run run, Sums<Width>& sums) {
        const GroupNorm<Width> of(norm, group);
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            float values[Width], gradient[Width] = {};
            load(x, pixel, group, values);
            gather_windows(dy, pooling, pixel, group, gradient);
            for (int i = 0; i < Width; i++)
                gradient[i] = of.gradient(i, values[i], gradient[i], sums.a[i], sums.b[i]);
            accumulate(dx, pixel, group, gradient, stores);
        }
    };
    reduce_pixels<Sums, Width>(x_extent, partials, sum, [=](Index c, float sum_of_g, float sum_of_gx) {
        add_gradients(norm, c, sum_of_g, sum_of_gx, dnorm);
    });
}

#define NORM_RELU_AVERAGE_POOL(X, Y) \
    extern "C" __global__ void __launch_bounds__(max_threads) norm_relu_average_pool_##X##_##Y( \
        Slice<X> x, Norm norm, Pooling pooling, Extent y_extent, Slice<Y> y) \
    { \
        BY_WIDTH(norm_relu_average_pool, (x, y), (x, norm, pooling, y_extent, y)) \
    }
NORM_RELU_AVERAGE_POOL(f32, f32)
NORM_RELU_AVERAGE_POOL(bf16, bf16)

#define NORM_RELU_AVERAGE_POOL_BACKWARD(X, DY, DX) \
    extern "C" __global__ void __launch_bounds__(max_threads) norm_relu_average_pool_backward_##X##_##DY##_##DX( \
        Slice<X> x, Norm norm, Pooling pooling, Slice<DY> dy, Extent x_extent, Partials partials, int stores, \
        Slice<DX> dx, NormGradient dnorm) \
    { \
        BY_WIDTH( \
            norm_relu_average_pool_backward, (x, dy, dx), \
            (x, norm, pooling, dy, x_extent, partials, stores, dx, dnorm)) \
    }
NORM_RELU_AVERAGE_POOL_BACKWARD(f32, f32, f32)
NORM_RELU_AVERAGE_POOL_BACKWARD(bf16, f32, f32)
NORM_RELU_AVERAGE_POOL_BACKWARD(bf16, bf16, bf16)
