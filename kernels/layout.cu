// fill: y = value. unpack and pack: from values in order [N, C, H, W] to a slice and back, for uploads, downloads and
// checkpoints; weights [K, C, R, S] come to lie as [K, R, S, C] by the same.
// y [pixels, channels]. Moves pixels · channels · (bytes of each).
#include "common.cuh"

typedef double f64;

template <int Width, typename Y> __device__ inline void fill(float value, Extent extent, Slice<Y> y)
{
    const Run run = run_of_block(extent.pixels, blockIdx.x);
    float values[Width];
    for (int i = 0; i < Width; i++)
        values[i] = value;
    for (Group<Width> group(extent.channels); group.is_left(); group.next())
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
            store(y, pixel, group, values);
}

/// Calls body(index in order [N, C, H, W], index in the slice's storage) for every element of the block's pixels.
template <typename Body>
__device__ inline void for_each_element(Extent extent, int plane, int pitch, Body body)
{
    const Run run = run_of_block(extent.pixels, blockIdx.x);
    for (Group<1> group(extent.channels); group.is_left(); group.next())
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end && group.count() > 0; pixel += blockDim.y)
        {
            const Index image = pixel / plane, channel = image * extent.channels + group.channel();
            body(channel * plane + pixel % plane, pixel * pitch + group.channel());
        }
}

#define FILL(Y) \
    extern "C" __global__ void fill_##Y(float value, Extent extent, Slice<Y> y) \
    { \
        BY_WIDTH(fill, (y), (value, extent, y)) \
    }
FILL(f32)
FILL(bf16)

#define LAYOUT(PLAIN, T) \
    extern "C" __global__ void unpack_##PLAIN##_##T(const PLAIN* plain, int plane, Extent extent, Slice<T> y) \
    { \
        for_each_element( \
            extent, plane, y.pitch, [=](Index from, Index to) { from_float((float)plain[from], y.first[to]); }); \
    } \
    extern "C" __global__ void pack_##T##_##PLAIN(Slice<T> x, int plane, Extent extent, PLAIN* plain) \
    { \
        for_each_element(extent, plane, x.pitch, [=](Index to, Index from) { plain[to] = to_float(x.first[from]); }); \
    }
LAYOUT(f32, f32)
LAYOUT(f64, f32)
LAYOUT(f32, bf16)
LAYOUT(f64, bf16)
