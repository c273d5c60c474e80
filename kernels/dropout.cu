// y = x / (1 − rate) where the random word of the element is at least rate · 2^32, else 0; backward the same of dy.
// The word is number i mod 4 of Philox(seed, i / 4, ordinal, step), i being the element's index in order [N, C, H, W],
// so the mask is the same on every backend. Srivastava et al. 2014, "Dropout", with the scale moved into training.
// x, y, dy, dx [pixels, channels]. Moves pixels · channels · (bytes of x + y, and of a sum once more).
#include "philox.cuh"

/// The setting of one dropout layer: the smallest word that lets an element stay, and 1 / (1 − rate).
struct Dropping
{
    unsigned threshold;
    float scale;
    unsigned ordinal;
    int plane; // H · W
};

template <int Width, typename X, typename Y>
__device__ inline void dropout(
    Slice<X> x, Dropping dropping, const StepState* step, Extent extent, bool stores, Slice<Y> y)
{
    const Run run = run_of_block(extent.pixels, blockIdx.x);
    for (Group<Width> group(extent.channels); group.is_left(); group.next())
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            const Index image = pixel / dropping.plane, place = pixel % dropping.plane;
            float values[Width];
            load(x, pixel, group, values);
            for (int i = 0; i < Width; i++)
            {
                const Index channel = image * extent.channels + group.channel() + i;
                const unsigned long long index = (unsigned long long)(channel * dropping.plane + place);
                const Words words = philox(step->seed, index / 4, dropping.ordinal, step->number);
                const unsigned which = index % 4;
                const unsigned word = which == 0 ? words.x : which == 1 ? words.y : which == 2 ? words.z : words.w;
                values[i] = word >= dropping.threshold ? values[i] * dropping.scale : 0;
            }
            accumulate(y, pixel, group, values, stores);
        }
}

#define DROPOUT(X, Y) \
    extern "C" __global__ void dropout_##X##_##Y( \
        Slice<X> x, Dropping dropping, const StepState* step, Extent extent, Slice<Y> y) \
    { \
        BY_WIDTH(dropout, (x, y), (x, dropping, step, extent, true, y)) \
    }
DROPOUT(f32, f32)
DROPOUT(bf16, bf16)

#define DROPOUT_BACKWARD(DY, DX) \
    extern "C" __global__ void dropout_backward_##DY##_##DX( \
        Slice<DY> dy, Dropping dropping, const StepState* step, Extent extent, int stores, Slice<DX> dx) \
    { \
        BY_WIDTH(dropout, (dy, dx), (dy, dropping, step, extent, stores, dx)) \
    }
DROPOUT_BACKWARD(f32, f32)
DROPOUT_BACKWARD(bf16, bf16)
DROPOUT_BACKWARD(bf16, f32)
