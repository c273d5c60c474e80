// The ends of a step: a batch of bytes becomes the network's input, and what came of it goes to the host.
// Batches arrive in turn in two slots, each a Batch, then int labels[N], int indices[N] and bytes [N, 3, H, W]; the host
// fills one while the step on the other is played. Which one it is the device knows, so a captured graph never changes.
//
// take_batch: the next slot's turn begins; its state and labels are copied to where the step reads them. One block.
// augment: crop, flip and normalise, as src/DenseNetRaw/Data does:
//   y[n, c, h, w] = table[c, image[c, h + down, w' + right]], black outside the image; w' = W − 1 − w where flipped.
//   down, right in −4 … 4 and the flip are words 0, 1 and 2 of Philox(seed, index of the image, stream, epoch).
//   y [N·H·W, 3]. Moves N·H·W · 3 · (1 + bytes of y). Launch: any number of blocks and threads.
// report_step: loss, correct and squares (0 where there are none), to the slot's three numbers in the host's memory.
// One thread.
#include "philox.cuh"

constexpr int colours = 3;
constexpr int levels = 256;
constexpr int margin = 4; // black pixels on each side before the crop

/// What a slot begins with.
struct Batch
{
    StepState step;
    unsigned long long seed;
    unsigned stream, epoch;
    int is_augmented;
    float table[colours * levels]; // the normalised value of each byte
};

struct Staging
{
    const Batch* slots[2];
    float* results; // [2, 3], in the host's memory
    unsigned turn;  // the slot of the step being played
};

extern "C" __global__ void take_batch(Staging* staging, int images, StepState* step, int* labels)
{
    const unsigned turn = 1 - staging->turn;
    const Batch* batch = staging->slots[turn];
    const int* from = (const int*)(batch + 1);
    for (int i = threadIdx.x; i < images; i += blockDim.x)
        labels[i] = from[i];
    __syncthreads(); // all have read the turn
    if (threadIdx.x == 0)
    {
        *step = batch->step;
        staging->turn = turn;
    }
}

/// −4 … 4, equally likely.
__device__ inline int shift_of(unsigned word) { return (int)__umulhi(word, 2 * margin + 1) - margin; }

template <typename T>
__device__ inline void augment(const Staging* staging, int images, int height, int width, Slice<T> y)
{
    const Batch* batch = staging->slots[staging->turn];
    const int* indices = (const int*)(batch + 1) + images;
    const unsigned char* bytes = (const unsigned char*)(indices + images);
    const Index plane = (Index)height * width;
    for (Index pixel = (Index)blockIdx.x * blockDim.x + threadIdx.x; pixel < images * plane;
         pixel += (Index)gridDim.x * blockDim.x)
    {
        const Index n = pixel / plane;
        int row = (int)(pixel % plane / width), column = (int)(pixel % width);
        if (batch->is_augmented)
        {
            const Words words = philox(batch->seed, (unsigned long long)indices[n], batch->stream, batch->epoch);
            column = words.z < 1u << 31 ? width - 1 - column : column;
            row += shift_of(words.x);
            column += shift_of(words.y);
        }
        const bool is_inside = row >= 0 && row < height && column >= 0 && column < width;
        for (int c = 0; c < colours; c++)
        {
            const Index from = ((n * colours + c) * height + row) * width + column;
            from_float(batch->table[c * levels + (is_inside ? bytes[from] : 0)], y.first[pixel * y.pitch + c]);
        }
    }
}

#define AUGMENT(T) \
    extern "C" __global__ void augment_##T(const Staging* staging, int images, int height, int width, Slice<T> y) \
    { \
        augment(staging, images, height, width, y); \
    }
AUGMENT(f32)
AUGMENT(bf16)

extern "C" __global__ void report_step(
    const Staging* staging, const float* loss, const float* correct, const float* squares)
{
    float* result = staging->results + 3 * staging->turn;
    result[0] = *loss;
    result[1] = *correct;
    result[2] = squares ? *squares : 0;
}
