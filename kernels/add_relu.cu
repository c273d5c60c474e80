// How a residual block ends, element by element: add_relu, y = max(0, a + b), and relu_backward, dx += dy where y > 0
// (or dx = that where it is stored). He et al. 2016, arXiv:1512.03385, equation 1 and figure 2.
// All [pixels, channels]. Each moves pixels · channels · (bytes of every tensor named, and of a sum once more).
#include "common.cuh"

template <int Width, typename T>
__device__ inline void add_relu(Slice<T> a, Slice<T> b, Extent extent, Slice<T> y)
{
    const Run run = run_of_block(extent.pixels, blockIdx.x);
    for (Group<Width> group(extent.channels); group.is_left(); group.next())
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            float values[Width], others[Width];
            load(a, pixel, group, values);
            load(b, pixel, group, others);
            for (int i = 0; i < Width; i++)
                values[i] = relu(values[i] + others[i]);
            store(y, pixel, group, values);
        }
}

template <int Width, typename Y, typename DY, typename DX>
__device__ inline void relu_backward(Slice<Y> y, Slice<DY> dy, Extent extent, int stores, Slice<DX> dx)
{
    const Run run = run_of_block(extent.pixels, blockIdx.x);
    for (Group<Width> group(extent.channels); group.is_left(); group.next())
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            float values[Width], gradient[Width];
            load(y, pixel, group, values);
            load(dy, pixel, group, gradient);
            for (int i = 0; i < Width; i++)
                gradient[i] = values[i] > 0 ? gradient[i] : 0;
            accumulate(dx, pixel, group, gradient, stores);
        }
}

#define ADD_RELU(T) \
    extern "C" __global__ void add_relu_##T##_##T##_##T(Slice<T> a, Slice<T> b, Extent extent, Slice<T> y) \
    { \
        BY_WIDTH(add_relu, (a, b, y), (a, b, extent, y)) \
    }
ADD_RELU(f32)
ADD_RELU(bf16)

#define RELU_BACKWARD(Y, DY, DX) \
    extern "C" __global__ void relu_backward_##Y##_##DY##_##DX( \
        Slice<Y> y, Slice<DY> dy, Extent extent, int stores, Slice<DX> dx) \
    { \
        BY_WIDTH(relu_backward, (y, dy, dx), (y, dy, extent, stores, dx)) \
    }
RELU_BACKWARD(f32, f32, f32)
RELU_BACKWARD(bf16, f32, f32)
RELU_BACKWARD(bf16, bf16, f32)
RELU_BACKWARD(bf16, bf16, bf16)
