// Batch normalisation and ReLU: y = max(0, gamma · (x − mean) / √(variance + ε) + beta); norm is the same with no ReLU.
// Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 1, with mean and variance as inputs of their own.
// x, y [pixels, channels]; the vectors [channels]. Moves pixels · channels · (bytes of x + y).
//
// Backward, with x̂ = (x − mean) / √(variance + ε) and g = dy where y > 0, else 0 (norm: everywhere):
//   dx += gamma · g / √(variance + ε)        dbeta += Σ g        dgamma += Σ g · x̂
//   dmean −= gamma · Σ g / √(variance + ε)   dvariance −= gamma · Σ g · x̂ / (2 (variance + ε))
// Moves pixels · channels · (bytes of x + dy + dx, and dx once more unless it is stored).
#include "norm.cuh"
#include "reduction.cuh"

/// Whether a ReLU follows, known when a kernel is compiled.
template <bool Follows> struct Relu
{
};

template <int Width, bool Rectifies, typename X, typename Y>
__device__ inline void apply_norm(Slice<X> x, const Norm& norm, Relu<Rectifies>, Extent extent, Slice<Y> y)
{
    const Run run = run_of_block(extent.pixels, blockIdx.x);
    for (Group<Width> group(extent.channels); group.is_left(); group.next())
    {
        const GroupNorm<Width> of(norm, group);
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            float values[Width];
            load(x, pixel, group, values);
            for (int i = 0; i < Width; i++)
            {
                const float value = of.shifted(i, of.normalised(i, values[i]));
                values[i] = Rectifies ? relu(value) : value;
            }
            store(y, pixel, group, values);
        }
    }
}

template <int Width, bool Rectifies, typename X, typename DY, typename DX>
__device__ inline void apply_norm_backward(
    Slice<X> x, const Norm& norm, Relu<Rectifies>, Slice<DY> dy, Extent extent, Partials partials, int stores,
    Slice<DX> dx, const NormGradient& dnorm)
{
    const auto sum = [=](const Group<Width>& group, Run run, Sums<Width>& sums) {
        const GroupNorm<Width> of(norm, group);
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            float values[Width], gradient[Width];
            load(x, pixel, group, values);
            load(dy, pixel, group, gradient);
            for (int i = 0; i < Width; i++)
                gradient[i] = of.gradient(i, values[i], gradient[i], sums.a[i], sums.b[i], Rectifies);
            accumulate(dx, pixel, group, gradient, stores);
        }
    };
    reduce_pixels<Sums, Width>(extent, partials, sum, [=](Index c, float sum_of_g, float sum_of_gx) {
        add_gradients(norm, c, sum_of_g, sum_of_gx, dnorm);
    });
}

#define NORM(NAME, RECTIFIES, X, Y) \
    extern "C" __global__ void __launch_bounds__(max_threads) NAME##_##X##_##Y( \
        Slice<X> x, Norm norm, Extent extent, Slice<Y> y) \
    { \
        BY_WIDTH(apply_norm, (x, y), (x, norm, Relu<RECTIFIES>(), extent, y)) \
    }
NORM(norm_relu, true, f32, f32)
NORM(norm_relu, true, bf16, bf16)
NORM(norm, false, f32, f32)
NORM(norm, false, bf16, bf16)

#define NORM_BACKWARD(NAME, RECTIFIES, X, DY, DX) \
    extern "C" __global__ void __launch_bounds__(max_threads) NAME##_backward_##X##_##DY##_##DX( \
        Slice<X> x, Norm norm, Slice<DY> dy, Extent extent, Partials partials, int stores, Slice<DX> dx, \
        NormGradient dnorm) \
    { \
        BY_WIDTH( \
            apply_norm_backward, (x, dy, dx), \
            (x, norm, Relu<RECTIFIES>(), dy, extent, partials, stores, dx, dnorm)) \
    }
NORM_BACKWARD(norm_relu, true, f32, f32, f32)
NORM_BACKWARD(norm_relu, true, bf16, f32, f32)
NORM_BACKWARD(norm_relu, true, bf16, bf16, f32)
NORM_BACKWARD(norm_relu, true, bf16, bf16, bf16)
NORM_BACKWARD(norm, false, f32, f32, f32)
NORM_BACKWARD(norm, false, bf16, f32, f32)
NORM_BACKWARD(norm, false, bf16, bf16, f32)
NORM_BACKWARD(norm, false, bf16, bf16, bf16)
