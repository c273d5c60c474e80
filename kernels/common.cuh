// What every kernel file shares: the two types of element, slices of pixels, accesses of up to 16 bytes, and how the
// threads of a launch divide pixels and channels among themselves.
//
// Layout. Images lie as [N, H, W, pitch]; a pixel is one of the N·H·W rows. A slice is a run of channels of every
// pixel: element (pixel, c) lies at first[pixel · pitch + c]. A vector [1, C, 1, 1] is one pixel.
//
// Launch of every kernel that takes an Extent. Blocks of (X, Y) threads, X and Y powers of two, X · Y ≤ 256: X along
// groups of channels, Y along pixels. Grids of (P, T) blocks: each of the P takes an equal run of pixels, the T take
// turns with the groups. Any such launch is right; a fast one has X just large enough for the groups (at most 32) and
// enough blocks to fill the device. Sums are taken in an order that follows from the launch alone.
#pragma once
#ifdef DENSENETRAW_EMULATION
#include "cuda_emulation.h"
#endif

typedef long long Index;
typedef float f32;

/// The upper half of a float32: 8 bits of exponent, 7 of mantissa.
struct bf16
{
    unsigned short bits;
};

__device__ inline float to_float(float value) { return value; }

__device__ inline float to_float(bf16 value) { return __uint_as_float((unsigned)value.bits << 16); }

__device__ inline void from_float(float value, float& result) { result = value; }

/// Rounds to the nearest, ties to even.
__device__ inline void from_float(float value, bf16& result)
{
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
    asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(result.bits) : "f"(value));
#else
    const unsigned bits = __float_as_uint(value);
    result.bits = value != value ? 0x7fff : (unsigned short)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
#endif
}

/// What is not a number stays so.
__device__ inline float relu(float value) { return value <= 0 ? 0 : value; }

/// What an element of type T holds when value was written to it.
template <typename T> __device__ inline float rounded(float value)
{
    T stored;
    from_float(value, stored);
    return to_float(stored);
}

/// A run of channels of every pixel.
template <typename T> struct Slice
{
    T* first;
    int pitch;
};

/// The pixels N·H·W and channels of a slice.
struct Extent
{
    Index pixels;
    int channels;
};

/// What changes from step to step; the host writes it before the step, so a captured graph never changes.
struct StepState
{
    unsigned long long seed;
    unsigned number;
    float learning_rate;
};

/// The pixels of this block: [begin, end), a run as long as every other block's but the last.
struct Run
{
    Index begin, end;
};

__device__ inline Run run_of_block(Index pixels, unsigned block)
{
    const Index length = (pixels + gridDim.x - 1) / gridDim.x, begin = block * length, end = begin + length;
    return {begin < pixels ? begin : pixels, end < pixels ? end : pixels};
}

/// The channels that a thread takes at once: Width of them, or fewer at the slice's end. All threads of a block take
/// the same number of turns, the last of which may find no channel left (count ≤ 0).
template <int Width> struct Group
{
    Index first;
    int channels;

    __device__ explicit Group(int channels) : first(((Index)blockIdx.y * blockDim.x) * Width), channels(channels) {}
    __device__ bool is_left() const { return first < channels; }
    __device__ void next() { first += (Index)gridDim.y * blockDim.x * Width; }
    __device__ Index channel() const { return first + (Index)threadIdx.x * Width; }
    __device__ Index count() const { return channels - channel(); }
};

/// Reads words by accesses of 16 bytes, or of 8 where there are two.
template <int Words> __device__ inline void read_words(const void* from, unsigned (&words)[Words])
{
    static_assert(Words == 2 || Words % 4 == 0, "8 bytes or a multiple of 16");
    if constexpr (Words == 2)
    {
        const uint2 two = *(const uint2*)from;
        words[0] = two.x;
        words[1] = two.y;
    }
    else
        for (int i = 0; i < Words; i += 4)
        {
            const uint4 four = ((const uint4*)from)[i / 4];
            words[i] = four.x;
            words[i + 1] = four.y;
            words[i + 2] = four.z;
            words[i + 3] = four.w;
        }
}

/// Writes words as they are read. By an intrinsic, because the compiler merges a plain store with the element by
/// element stores of a slice's end, which takes it apart.
template <int Words> __device__ inline void write_words(void* to, const unsigned (&words)[Words])
{
    if constexpr (Words == 2)
        __stcg((uint2*)to, make_uint2(words[0], words[1]));
    else
        for (int i = 0; i < Words; i += 4)
            __stcg((uint4*)to + i / 4, make_uint4(words[i], words[i + 1], words[i + 2], words[i + 3]));
}

__device__ inline float element(const unsigned* words, int i, float) { return __uint_as_float(words[i]); }

__device__ inline float element(const unsigned* words, int i, bf16)
{
    return __uint_as_float(i % 2 == 0 ? words[i / 2] << 16 : words[i / 2] & 0xffff0000);
}

__device__ inline void set_element(unsigned* words, int i, float value) { words[i] = __float_as_uint(value); }

__device__ inline void set_element(unsigned* words, int i, bf16 value)
{
    words[i / 2] = i % 2 == 0 ? value.bits : words[i / 2] | (unsigned)value.bits << 16;
}

/// Reads the group's channels of one pixel; those past the slice's end become 0.
template <int Width, typename T>
__device__ inline void load(Slice<T> x, Index pixel, const Group<Width>& group, float (&values)[Width])
{
    const T* from = x.first + pixel * x.pitch + group.channel();
    if constexpr (Width > 1)
        if (group.count() >= Width)
        {
            unsigned words[Width * sizeof(T) / 4];
            read_words(from, words);
            for (int i = 0; i < Width; i++)
                values[i] = element(words, i, T());
            return;
        }
    for (int i = 0; i < Width; i++)
        values[i] = i < group.count() ? to_float(from[i]) : 0;
}

/// Writes the group's channels of one pixel, and nothing past the slice's end.
template <int Width, typename T>
__device__ inline void store(Slice<T> y, Index pixel, const Group<Width>& group, const float (&values)[Width])
{
    T* to = y.first + pixel * y.pitch + group.channel();
    if constexpr (Width > 1)
        if (group.count() >= Width)
        {
            unsigned words[Width * sizeof(T) / 4];
            for (int i = 0; i < Width; i++)
            {
                T value;
                from_float(values[i], value);
                set_element(words, i, value);
            }
            write_words(to, words);
            return;
        }
    for (int i = 0; i < Width; i++)
        if (i < group.count())
            from_float(values[i], to[i]);
}

/// Stores values, or adds them to what is there.
template <int Width, typename T>
__device__ inline void accumulate(
    Slice<T> dx, Index pixel, const Group<Width>& group, float (&values)[Width], int stores)
{
    if (!stores)
    {
        float sum[Width];
        load(dx, pixel, group, sum);
        for (int i = 0; i < Width; i++)
            values[i] += sum[i];
    }
    store(dx, pixel, group, values);
}

/// Reads the group's channels of a vector; those past its end become 0.
template <int Width>
__device__ inline void load(const float* vector, const Group<Width>& group, float (&values)[Width])
{
    for (int i = 0; i < Width; i++)
        values[i] = i < group.count() ? vector[group.channel() + i] : 0;
}

template <int Width, typename T> __device__ inline bool is_aligned(Slice<T> x)
{
    constexpr size_t bytes = Width * sizeof(T) < 16 ? Width * sizeof(T) : 16;
    return ((size_t)x.first | (x.pitch * sizeof(T))) % bytes == 0;
}

template <int N> struct Width
{
    static constexpr int value = N;
};

/// For decltype: 16 bytes of the narrowest element.
template <typename... T> __device__ Width<((sizeof(T) < 4) || ...) ? 8 : 4> widest(Slice<T>...);

/// The widest group whose accesses are aligned in all the slices: 16 bytes of the narrowest element, else four
/// channels, else one.
template <typename... T> __device__ inline int width_for(Slice<T>... slices)
{
    constexpr int most = decltype(widest(slices...))::value;
    return (is_aligned<most>(slices) && ...) ? most : (is_aligned<4>(slices) && ...) ? 4 : 1;
}

/// Calls FUNCTION<width> ARGUMENTS with the width for SLICES; all blocks and both stages of a sum agree on it.
#define BY_WIDTH(FUNCTION, SLICES, ARGUMENTS) \
    switch (width_for SLICES) \
    { \
    case 8: \
        FUNCTION<decltype(widest SLICES)::value> ARGUMENTS; \
        break; \
    case 4: \
        FUNCTION<4> ARGUMENTS; \
        break; \
    default: \
        FUNCTION<1> ARGUMENTS; \
    }

/// Every kernel is compiled for the element types of its slices and named after them, in the order of its parameters.
#define FOR_EACH_PAIR(KERNEL) KERNEL(f32, f32) KERNEL(bf16, bf16) KERNEL(bf16, f32) KERNEL(f32, bf16)
