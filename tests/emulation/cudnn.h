// What the emulation of cuDNN's convolutions and its norms share: handles, statuses, tensors.
#pragma once
#include "block.h"
#include "numbers.h"

#define API extern "C" __attribute__((visibility("default")))

using emulation::Number;

namespace
{
enum Status { Success, BadParameter, NotSupported };
enum { Float = 0, Bf16 = 9, Nhwc = 1 };
enum Math { DefaultMath = 0, TensorMath = 1, FmaMath = 3 };

#if CUDNN_MAJOR == 8
constexpr bool is_eight = true;
#else
constexpr bool is_eight = false;
#endif

/// The status in the numbers of the version that is played.
inline int number_of(Status status)
{
    return status == Success ? 0 : status == BadParameter ? (is_eight ? 3 : 2000) : (is_eight ? 9 : 3000);
}

struct Handle
{
    void* stream = nullptr;
};

/// A tensor [n, h, w, c], or a filter [k, r, s, c] with n = k, h = r and w = s.
struct Tensor
{
    int type = -1, n = 0, c = 0, h = 0, w = 0;
    bool is_packed = false; // in the order above

    Number number() const { return type == Float ? Number::Single : Number::Bf16; }
    long long count() const { return (long long)n * c * h * w; }
    bool is_at(const void* first) const
    {
        return emulation::is_on_device(first, count() * emulation::bytes_of(number()));
    }
};

inline void set(Tensor* tensor, int format, int type, int n, int c, int h, int w)
{
    *tensor = {type, n, c, h, w, format == Nhwc};
}
} // namespace
