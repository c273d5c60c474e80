// Element by element, each tensor a slice of its own storage, all [pixels, channels]:
//   copy               y = x             (also from one type of element to the other)
//   accumulate         y += x            (or y = x where it is stored)
//   add                y = a + b
//   multiply           y = a · b
//   multiply_backward  da += dy · b      (or da = dy · b where it is stored)
// Each moves pixels · channels · (bytes of every tensor named, and of a sum once more).
#include "common.cuh"

template <int Width, typename X, typename Y>
__device__ inline void copy(Slice<X> x, Extent extent, bool stores, Slice<Y> y)
{
    const Run run = run_of_block(extent.pixels, blockIdx.x);
    for (Group<Width> group(extent.channels); group.is_left(); group.next())
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            float values[Width];
            load(x, pixel, group, values);
            accumulate(y, pixel, group, values, stores);
        }
}

template <int Width, typename A, typename B, typename Y>
__device__ inline void combine(Slice<A> a, Slice<B> b, Extent extent, bool multiplies, bool stores, Slice<Y> y)
{
    const Run run = run_of_block(extent.pixels, blockIdx.x);
    for (Group<Width> group(extent.channels); group.is_left(); group.next())
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            float values[Width], others[Width];
            load(a, pixel, group, values);
            load(b, pixel, group, others);
            for (int i = 0; i < Width; i++)
                values[i] = multiplies ? values[i] * others[i] : values[i] + others[i];
            accumulate(y, pixel, group, values, stores);
        }
}

#define COPY(X, Y) \
    extern "C" __global__ void copy_##X##_##Y(Slice<X> x, Extent extent, Slice<Y> y) \
    { \
        BY_WIDTH(copy, (x, y), (x, extent, true, y)) \
    } \
    extern "C" __global__ void accumulate_##X##_##Y(Slice<X> x, Extent extent, int stores, Slice<Y> y) \
    { \
        BY_WIDTH(copy, (x, y), (x, extent, stores, y)) \
    }
COPY(f32, f32)
COPY(f32, bf16)
COPY(bf16, f32)
COPY(bf16, bf16)

#define ADD(T) \
    extern "C" __global__ void add_##T##_##T##_##T(Slice<T> a, Slice<T> b, Extent extent, Slice<T> y) \
    { \
        BY_WIDTH(combine, (a, b, y), (a, b, extent, false, true, y)) \
    } \
    extern "C" __global__ void multiply_##T##_##T##_##T(Slice<T> a, Slice<T> b, Extent extent, Slice<T> y) \
    { \
        BY_WIDTH(combine, (a, b, y), (a, b, extent, true, true, y)) \
    }
ADD(f32)
ADD(bf16)

// Statistics and losses are f32 among bf16 features; they are small, so one element at a time will do.
#define COMBINE_MIXED(A, B, Y) \
    extern "C" __global__ void add_##A##_##B##_##Y(Slice<A> a, Slice<B> b, Extent extent, Slice<Y> y) \
    { \
        combine<1>(a, b, extent, false, true, y); \
    } \
    extern "C" __global__ void multiply_##A##_##B##_##Y(Slice<A> a, Slice<B> b, Extent extent, Slice<Y> y) \
    { \
        combine<1>(a, b, extent, true, true, y); \
    }
COMBINE_MIXED(f32, f32, bf16)
COMBINE_MIXED(f32, bf16, f32)
COMBINE_MIXED(f32, bf16, bf16)
COMBINE_MIXED(bf16, f32, f32)
COMBINE_MIXED(bf16, f32, bf16)
COMBINE_MIXED(bf16, bf16, f32)

#define MULTIPLY_BACKWARD(DY, B, DA) \
    extern "C" __global__ void multiply_backward_##DY##_##B##_##DA( \
        Slice<DY> dy, Slice<B> b, Extent extent, int stores, Slice<DA> da) \
    { \
        BY_WIDTH(combine, (dy, b, da), (dy, b, extent, true, stores, da)) \
    }
MULTIPLY_BACKWARD(f32, f32, f32)
MULTIPLY_BACKWARD(f32, bf16, f32)
MULTIPLY_BACKWARD(bf16, bf16, bf16)

#define MULTIPLY_BACKWARD_MIXED(DY, B, DA) \
    extern "C" __global__ void multiply_backward_##DY##_##B##_##DA( \
        Slice<DY> dy, Slice<B> b, Extent extent, int stores, Slice<DA> da) \
    { \
        combine<1>(dy, b, extent, true, stores, da); \
    }
MULTIPLY_BACKWARD_MIXED(f32, f32, bf16)
MULTIPLY_BACKWARD_MIXED(f32, bf16, bf16)
MULTIPLY_BACKWARD_MIXED(bf16, f32, f32)
MULTIPLY_BACKWARD_MIXED(bf16, f32, bf16)
MULTIPLY_BACKWARD_MIXED(bf16, bf16, f32)
