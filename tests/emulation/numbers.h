// What the stand-ins for cuBLAS and cuDNN share: arrays of float32 or bf16 as float32, and TF32's rounding.
#pragma once
#include <bit>
#include <cstdint>
#include <vector>

namespace emulation
{
enum class Number { Single, Bf16 };

inline size_t bytes_of(Number number) { return number == Number::Single ? 4 : 2; }

inline float read(const void* array, Number number, long long i)
{
    return number == Number::Single ? ((const float*)array)[i]
                                    : std::bit_cast<float>((uint32_t)((const uint16_t*)array)[i] << 16);
}

/// To the nearest of the numbers whose mantissas have that many bits less than float32's, ties to even.
inline float rounded(float value, int fewer_bits)
{
    const uint32_t bits = std::bit_cast<uint32_t>(value), half = 1u << (fewer_bits - 1);
    const uint32_t raised = bits + half - 1 + (bits >> fewer_bits & 1);
    return value != value ? value : std::bit_cast<float>(raised >> fewer_bits << fewer_bits);
}

inline void write(void* array, Number number, long long i, float value)
{
    if (number == Number::Single)
        ((float*)array)[i] = value;
    else
        ((uint16_t*)array)[i] = std::bit_cast<uint32_t>(rounded(value, 16)) >> 16;
}

/// What a tensor core multiplies in place of a float32.
inline float as_operand(float value, bool is_tf32) { return is_tf32 ? rounded(value, 13) : value; }
} // namespace emulation
