// CUDA C++ for g++: what a .cu file finds in place of the toolkit's headers when DENSENETRAW_EMULATION is defined. A
// block's threads are fibres that take turns (block.cpp), so a barrier or shuffle is a change of fibre.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#define __host__
#define __device__
#define __global__ __attribute__((visibility("default")))
#define __constant__
#define __shared__ thread_local // a worker runs one block at a time; within a function it implies static
#define __forceinline__ inline
#define __launch_bounds__(...)

struct uint3
{
    unsigned x, y, z;
};

struct dim3
{
    unsigned x = 1, y = 1, z = 1;
};

struct alignas(8) uint2
{
    unsigned x, y;
};

struct alignas(16) uint4
{
    unsigned x, y, z, w;
};

inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }

inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

struct alignas(16) float4
{
    float x, y, z, w;
};

namespace emulation
{
extern thread_local uint3 thread_index, block_index;
extern thread_local dim3 block_size, grid_size;

/// Waits for all threads of the block.
void synchronise_block(const char* file, int line);

/// Waits for the lanes of mask, and gives what each of them brought.
const uint64_t* exchange(unsigned mask, uint64_t value, const char* file, int line);

template <typename T>
T shuffle(unsigned mask, T value, unsigned lane, const char* file, int line)
{
    static_assert(sizeof(T) <= sizeof(uint64_t));
    uint64_t packed = 0;
    std::memcpy(&packed, &value, sizeof(T));
    packed = exchange(mask, packed, file, line)[lane % 32];
    std::memcpy(&value, &packed, sizeof(T));
    return value;
}

inline unsigned lane()
{
    return (thread_index.x + block_size.x * (thread_index.y + block_size.y * thread_index.z)) % 32;
}

/// A kernel by name, callable with a driver's array of pointers to arguments.
struct Kernel
{
    const char* name;
    void (*function)();
    void (*call)(void (*function)(), void** arguments);
    int parameters;
    const size_t* sizes;
};

extern "C" void emulation_register(const Kernel* kernel);

template <typename... T> struct Caller
{
    static constexpr size_t sizes[] = {sizeof(T)...};
    template <size_t... I> static void apply(void (*function)(T...), void** arguments, std::index_sequence<I...>)
    {
        function(*static_cast<std::remove_reference_t<T>*>(arguments[I])...);
    }
    static void call(void (*function)(), void** arguments)
    {
        apply(reinterpret_cast<void (*)(T...)>(function), arguments, std::index_sequence_for<T...>());
    }
};

struct Registration
{
    Kernel kernel;
    template <typename... T>
    Registration(const char* name, void (*function)(T...))
        : kernel{name, reinterpret_cast<void (*)()>(function), Caller<T...>::call, sizeof...(T), Caller<T...>::sizes}
    {
        emulation_register(&kernel);
    }
};
} // namespace emulation

#define EMULATED_KERNEL(NAME) static const emulation::Registration registration_of_##NAME(#NAME, NAME);

#define threadIdx emulation::thread_index
#define blockIdx emulation::block_index
#define blockDim emulation::block_size
#define gridDim emulation::grid_size

#define __syncthreads() emulation::synchronise_block(__FILE__, __LINE__)
#define __syncwarp() emulation::exchange(~0u, 0, __FILE__, __LINE__)
#define __shfl_sync(mask, value, from) emulation::shuffle(mask, value, from, __FILE__, __LINE__)
#define __shfl_xor_sync(mask, value, bits) \
    emulation::shuffle(mask, value, emulation::lane() ^ (bits), __FILE__, __LINE__)

inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

template <typename T> T __ldcg(const T* address) { return *address; }

template <typename T> void __stcg(T* address, T value) { *address = value; }

inline unsigned atomicInc(unsigned* address, unsigned limit)
{
    unsigned old = __atomic_load_n(address, __ATOMIC_SEQ_CST);
    while (!__atomic_compare_exchange_n(
        address, &old, old >= limit ? 0 : old + 1, true, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
    {
    }
    return old;
}

inline unsigned __float_as_uint(float value) { return std::bit_cast<unsigned>(value); }

inline float __uint_as_float(unsigned bits) { return std::bit_cast<float>(bits); }

inline float __int_as_float(int bits) { return std::bit_cast<float>(bits); }

inline double __dmul_rn(double a, double b) { return a * b; }

inline double __dsub_rn(double a, double b) { return a - b; }

inline unsigned __umulhi(unsigned a, unsigned b) { return (uint64_t)a * b >> 32; }
