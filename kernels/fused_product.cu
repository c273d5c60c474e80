// A 1×1 convolution with the batch normalisation and ReLU of its input in its loads, so that no normalised copy is ever
// in memory: y[p, k] = Σ over c of a[p, c] · w[k, c], with a = relu(gamma · (x − mean) / √(variance + ε) + beta).
// x [pixels, C], y [pixels, K], both slices; w [K, C], float32; the vectors [C]. Pleiss et al. 2017, arXiv:1707.06990,
// recompute a in the backward pass; fusing it is Jung et al. 2019, arXiv:1807.01702.
// Moves pixels · (C · bytes of x + K · bytes of y), x once more for every 64 of K unless the cache has it. The form
// with statistics also gives mean and biased variance of y's channels as rounded, and moves nothing more for it.
//
// Backward, with x̂ = (x − mean) / √(variance + ε), da = dy · w and g = da where a > 0, else 0:
//   data     dx += gamma · g / √(variance + ε), and the sums of norm_relu.cu for mean, variance, gamma and beta
//            moves pixels · (K · bytes of dy + C · bytes of x + dx, and dx once more unless it is stored)
//   weights  dw[k, c] += Σ over p of dy[p, k] · a[p, c], as parts [parts, K, C] that bias_backward adds up in their
//            order; moves pixels · (C · bytes of x + K · bytes of dy), and the parts twice
//
// Launch: blocks of (16, 16) threads. Grid (P, T), each of the P takes an equal run of pixels; the T take turns with
// groups of 64 channels of y (forward) or x (data), or are one for each tile of 128 of C by 64 of K (weights).
#include "fused_product.cuh"
#include "reduction.cuh"

template <bool HasStatistics, typename X, typename Y>
__device__ inline void norm_relu_product(
    Slice<X> x, const Norm& norm, const float* w, Index pixels, int c, int k, Partials partials, Slice<Y> y,
    float* mean, float* variance)
{
    __shared__ Tiles tiles[2];
    __shared__ StagedNorm staged;
    const Extent extent = {pixels, k};
    const Run run = run_of_block(pixels, blockIdx.x);
    const Matrix<X> from(x, run.end, c);
    const Matrix<const float> weights({w, c}, k, c);
    const Matrix<Y> to(y, run.end, k);
    for (Group<thread_columns> group(k); group.is_left(); group.next())
    {
        ThreadMoments<thread_columns> of_thread;
        for (Index tile = run.begin; tile < run.end; tile += tile_rows)
        {
            float sum[thread_rows][thread_columns];
            multiply(
                NormalisedSide<X, tile_rows, true>(from, tile, norm, staged),
                Side<const float, tile_columns, true>(weights, group.first), 0, c, tiles, sum);
            for (int i = 0; i < thread_rows; i++)
            {
                const Index pixel = tile + thread_rows * threadIdx.y + i;
                to.store(pixel, group.channel(), sum[i]);
                if (!HasStatistics || pixel >= run.end)
                    continue;
                for (float& value : sum[i])
                    value = rounded<Y>(value);
                of_thread.add(sum[i]);
            }
        }
        if constexpr (HasStatistics)
        {
            Moments<thread_columns> moments = of_thread.moments();
            leave_sums(moments, group, k, partials);
        }
    }
    if constexpr (HasStatistics)
        finish_sums<Moments, thread_columns>(extent, partials, [=](Index channel, float mu, float squares) {
            mean[channel] = mu;
            variance[channel] = squares / pixels;
        });
}

template <typename X, typename DY, typename DX>
__device__ inline void norm_relu_product_data(
    Slice<X> x, const Norm& norm, const float* w, Slice<DY> dy, Index pixels, int c, int k, Partials partials,
    int stores, Slice<DX> dx, const NormGradient& dnorm)
{
    __shared__ Tiles tiles[2];
    const Extent extent = {pixels, c};
    const Run run = run_of_block(pixels, blockIdx.x);
    const Matrix<DY> gradients(dy, run.end, k);
    const Matrix<const float> weights({w, c}, k, c);
    const Matrix<X> values(x, run.end, c);
    const Matrix<DX> to(dx, run.end, c);
    for (Group<thread_columns> group(c); group.is_left(); group.next())
    {
        Sums<thread_columns> sums;
        for (Index tile = run.begin; tile < run.end; tile += tile_rows)
        {
            float sum[thread_rows][thread_columns];
            multiply(
                Side<DY, tile_rows, true>(gradients, tile),
                Side<const float, tile_columns, false>(weights, group.first), 0, k, tiles, sum);
            const GroupNorm<thread_columns> of(norm, group);
            for (int i = 0; i < thread_rows; i++)
            {
                const Index pixel = tile + thread_rows * threadIdx.y + i;
                float numbers[thread_columns], old[thread_columns] = {};
                values.load(pixel, group.channel(), numbers);
                if (!stores)
                    to.load(pixel, group.channel(), old);
                for (int j = 0; j < thread_columns; j++) // a pixel past the run has no gradient
                    sum[i][j] = old[j] + of.gradient(j, numbers[j], sum[i][j], sums.a[j], sums.b[j]);
                to.store(pixel, group.channel(), sum[i]);
            }
        }
        leave_sums(sums, group, c, partials);
    }
    finish_sums<Sums, thread_columns>(extent, partials, [=](Index channel, float sum_of_g, float sum_of_gx) {
        add_gradients(norm, channel, sum_of_g, sum_of_gx, dnorm);
    });
}

template <typename X, typename DY>
__device__ inline void norm_relu_product_weights(
    Slice<X> x, const Norm& norm, Slice<DY> dy, Index pixels, int c, int k, float* parts)
{
    __shared__ Tiles tiles[2];
    __shared__ StagedNorm staged;
    const Run run = run_of_block(pixels, blockIdx.x);
    const int across = (c + tile_rows - 1) / tile_rows;
    const Index row = (Index)(blockIdx.y % across) * tile_rows, column = (Index)(blockIdx.y / across) * tile_columns;
    float sum[thread_rows][thread_columns];
    multiply(
        NormalisedSide<X, tile_rows, false>(Matrix<X>(x, run.end, c), row, norm, staged),
        Side<DY, tile_columns, false>(Matrix<DY>(dy, run.end, k), column), run.begin, run.end, tiles, sum);
    const Matrix<float> part({parts + (Index)blockIdx.x * k * c, c}, k, c);
    for (int j = 0; j < thread_columns; j++)
        for (int half = 0; half < thread_rows; half += 4)
        {
            const float four[4] = {sum[half][j], sum[half + 1][j], sum[half + 2][j], sum[half + 3][j]};
            part.store(column + thread_columns * threadIdx.x + j, row + thread_rows * threadIdx.y + half, four);
        }
}

#define TWO_BLOCKS_A_MULTIPROCESSOR __launch_bounds__(tile_threads, 2)

#define NORM_RELU_PRODUCT(X, Y) \
    extern "C" __global__ void TWO_BLOCKS_A_MULTIPROCESSOR norm_relu_product_##X##_##Y( \
        Slice<X> x, Norm norm, const float* w, Index pixels, int c, int k, Slice<Y> y) \
    { \
        norm_relu_product<false>(x, norm, w, pixels, c, k, {}, y, nullptr, nullptr); \
    } \
    extern "C" __global__ void TWO_BLOCKS_A_MULTIPROCESSOR norm_relu_product_statistics_##X##_##Y( \
        Slice<X> x, Norm norm, const float* w, Index pixels, int c, int k, Partials partials, Slice<Y> y, \
        float* mean, float* variance) \
    { \
        norm_relu_product<true>(x, norm, w, pixels, c, k, partials, y, mean, variance); \
    }
NORM_RELU_PRODUCT(f32, f32)
NORM_RELU_PRODUCT(bf16, bf16)

#define NORM_RELU_PRODUCT_DATA(X, DY, DX) \
    extern "C" __global__ void TWO_BLOCKS_A_MULTIPROCESSOR norm_relu_product_data_##X##_##DY##_##DX( \
        Slice<X> x, Norm norm, const float* w, Slice<DY> dy, Index pixels, int c, int k, Partials partials, \
        int stores, Slice<DX> dx, NormGradient dnorm) \
    { \
        norm_relu_product_data(x, norm, w, dy, pixels, c, k, partials, stores, dx, dnorm); \
    }
NORM_RELU_PRODUCT_DATA(f32, f32, f32)
NORM_RELU_PRODUCT_DATA(bf16, f32, f32)
NORM_RELU_PRODUCT_DATA(bf16, bf16, f32)
NORM_RELU_PRODUCT_DATA(bf16, bf16, bf16)

#define NORM_RELU_PRODUCT_WEIGHTS(X, DY) \
    extern "C" __global__ void TWO_BLOCKS_A_MULTIPROCESSOR norm_relu_product_weights_##X##_##DY( \
        Slice<X> x, Norm norm, Slice<DY> dy, Index pixels, int c, int k, float* parts) \
    { \
        norm_relu_product_weights(x, norm, dy, pixels, c, k, parts); \
    }
NORM_RELU_PRODUCT_WEIGHTS(f32, f32)
NORM_RELU_PRODUCT_WEIGHTS(bf16, f32)
NORM_RELU_PRODUCT_WEIGHTS(bf16, bf16)
