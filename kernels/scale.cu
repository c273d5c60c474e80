// y += s · x (or y = s · x where it is stored), s one number; where s = 0, x is not read, and counts as 0 whatever it
// is.
// x, y [pixels, channels]. Moves pixels · channels · (bytes of x + y, and of y once more unless it is stored).
#include "common.cuh"

template <int Width, typename X, typename Y>
__device__ inline void accumulate_scaled(Slice<X> x, float s, Extent extent, int stores, Slice<Y> y)
{
    const Run run = run_of_block(extent.pixels, blockIdx.x);
    for (Group<Width> group(extent.channels); group.is_left(); group.next())
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            float values[Width] = {};
            if (s != 0)
                load(x, pixel, group, values);
            for (int i = 0; i < Width; i++)
                values[i] *= s;
            accumulate(y, pixel, group, values, stores);
        }
}

#define ACCUMULATE_SCALED(X, Y) \
    extern "C" __global__ void accumulate_scaled_##X##_##Y( \
        Slice<X> x, const float* s, Extent extent, int stores, Slice<Y> y) \
    { \
        if (*s == 0 && !stores) \
            return; \
        BY_WIDTH(accumulate_scaled, (x, y), (x, *s, extent, stores, y)) \
    }
FOR_EACH_PAIR(ACCUMULATE_SCALED)
