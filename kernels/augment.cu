// Images of bytes to the network's input: crop, flip and normalise, as src/DenseNetRaw/Data does.
// y[n, c, h, w] = table[c, image[c, h + down, w' + right]], black outside the image; w' = W − 1 − w where flipped.
// down, right in −4 … 4 and the flip are words 0, 1 and 2 of Philox(seed, index of the image, stream, epoch).
// images [N, 3, H, W] bytes; indices [N] of the images in the data set; table [3, 256], the normalised value of each
// byte; y [N·H·W, 3]. Moves N·H·W · 3 · (1 + bytes of y). Launch: any number of blocks and threads.
#include "philox.cuh"

constexpr int colours = 3;
constexpr int levels = 256;
constexpr int margin = 4; // black pixels on each side before the crop

struct Images
{
    const unsigned char* bytes;
    const int* indices;
    int count, height, width;
};

/// −4 … 4, equally likely.
__device__ inline int shift_of(unsigned word) { return (int)__umulhi(word, 2 * margin + 1) - margin; }

template <typename T>
__device__ inline void augment(
    const Images& images, const float* table, int is_augmented, unsigned stream, const StepState* step, Slice<T> y)
{
    const Index plane = (Index)images.height * images.width;
    for (Index pixel = (Index)blockIdx.x * blockDim.x + threadIdx.x; pixel < images.count * plane;
         pixel += (Index)gridDim.x * blockDim.x)
    {
        const Index n = pixel / plane;
        int row = (int)(pixel % plane / images.width), column = (int)(pixel % images.width);
        if (is_augmented)
        {
            const Words words = philox(step->seed, (unsigned long long)images.indices[n], stream, step->epoch);
            column = words.z < 1u << 31 ? images.width - 1 - column : column;
            row += shift_of(words.x);
            column += shift_of(words.y);
        }
        const bool is_inside = row >= 0 && row < images.height && column >= 0 && column < images.width;
        for (int c = 0; c < colours; c++)
        {
            const Index from = ((n * colours + c) * images.height + row) * images.width + column;
            from_float(table[c * levels + (is_inside ? images.bytes[from] : 0)], y.first[pixel * y.pitch + c]);
        }
    }
}

#define AUGMENT(T) \
    extern "C" __global__ void augment_##T( \
        Images images, const float* table, int is_augmented, unsigned stream, const StepState* step, Slice<T> y) \
    { \
        augment(images, table, is_augmented, stream, step, y); \
    }
AUGMENT(f32)
AUGMENT(bf16)
