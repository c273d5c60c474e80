// libcudnn.so for machines with no GPU: the legacy API's 2-d convolutions of packed NHWC operands, float32 or bf16 with
// float32 sums; anything else is NOT_SUPPORTED. As on a GPU, float32 means TF32 unless the descriptor asks for FMA.
// Built twice, as version 9 and, with CUDNN_MAJOR=8, as version 8: other numbers for statuses, and without the function
// that only 9 has.
#pragma GCC optimize("O3")
#include "block.h"
#include "numbers.h"
#include <cmath>
#include <cstdio>

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
int number_of(Status status)
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

struct Convolution
{
    int pad_h, pad_w, stride_h, stride_w, dilation_h, dilation_w, mode, type, math = 0, groups = 1;
};

struct Algorithm
{
    int number;
    Math math;
    Status status;
    bool is_deterministic;
    size_t workspace_bytes;
    bool adds = true; // whether it takes beta other than 0
};

struct Performance
{
    int algorithm, status;
    float milliseconds;
    size_t workspace_bytes;
    int determinism, math, reserved[3];
};
static_assert(sizeof(Performance) == 48);

// The fastest first, as the heuristics list them, whatever math the descriptor asks for: a number computes nothing in
// another math than it is listed with. The workspaces are invented so that something has to be chosen.
constexpr size_t mebibyte = 1 << 20;
const std::vector<Algorithm> forward_algorithms = {
    {7, TensorMath, NotSupported, true, 0}, {1, TensorMath, Success, true, 96 * mebibyte},
    {1, DefaultMath, Success, true, 0}, {0, FmaMath, Success, true, 0}};
const std::vector<Algorithm> data_algorithms = {
    {4, DefaultMath, NotSupported, false, 0}, {0, DefaultMath, Success, true, mebibyte},
    {1, FmaMath, Success, true, mebibyte}};
const std::vector<Algorithm> filter_algorithms = {
    {3, DefaultMath, NotSupported, false, 0}, {0, DefaultMath, Success, false, 0},
    {4, DefaultMath, Success, true, 2 * mebibyte}, {5, FmaMath, Success, true, 0, false},
    {0, FmaMath, Success, false, 0}, {1, FmaMath, Success, true, 2 * mebibyte}};

int list(const std::vector<Algorithm>& all, int wanted, int* found, Performance* results)
{
    *found = 0;
    for (const Algorithm& one : all)
        if (*found < wanted)
            results[(*found)++] = {
                one.number, number_of(one.status), 1.0f, one.workspace_bytes, one.is_deterministic, one.math, {}};
    return number_of(wanted < 1 ? BadParameter : Success);
}

const Algorithm* find(const std::vector<Algorithm>& all, int number, const Convolution& by)
{
    for (const Algorithm& one : all)
        if (one.number == number && one.math == by.math && one.status == Success)
            return &one;
    return nullptr;
}

int workspace_of(const std::vector<Algorithm>& all, int number, const Convolution& by, size_t* bytes)
{
    const Algorithm* one = find(all, number, by);
    if (!one)
        return number_of(NotSupported);
    return *bytes = one->workspace_bytes, number_of(Success);
}

Status check(
    const Tensor& x, const Tensor& w, const Convolution& by, const Tensor& y, const std::vector<Algorithm>& all,
    int algorithm, const void* workspace, size_t workspace_bytes, float beta)
{
    const Algorithm* one = find(all, algorithm, by);
    const auto extent = [](int size, int pad, int window, int stride) {
        return (size + 2 * pad - window) / stride + 1;
    };
    if (!x.is_packed || !w.is_packed || !y.is_packed || x.type != y.type || x.type != w.type
        || (x.type != Float && x.type != Bf16) || by.type != Float || by.mode != 1 || by.groups != 1
        || by.dilation_h != 1 || by.dilation_w != 1 || !one || (beta != 0 && !one->adds))
        return NotSupported;
    if (x.n != y.n || x.c != w.c || w.n != y.c || y.h != extent(x.h, by.pad_h, w.h, by.stride_h)
        || y.w != extent(x.w, by.pad_w, w.w, by.stride_w))
        return BadParameter;
    const size_t needed = one->workspace_bytes;
    if (workspace_bytes < needed || (needed > 0 && !emulation::is_on_device(workspace, needed)))
        return BadParameter;
    return Success;
}

std::vector<float> operand(const Tensor& tensor, const void* first, const Convolution& by)
{
    std::vector<float> values(tensor.count());
    for (size_t i = 0; i < values.size(); i++)
        values[i] = emulation::as_operand(emulation::read(first, tensor.number(), i), by.math != FmaMath);
    return values;
}

/// first = alpha · values + beta · first.
void put(const Tensor& tensor, void* first, const std::vector<float>& values, float alpha, float beta)
{
    for (size_t i = 0; i < values.size(); i++)
    {
        const float before = beta == 0 ? 0 : beta * emulation::read(first, tensor.number(), i);
        emulation::write(first, tensor.number(), i, alpha * values[i] + before);
    }
}

/// Calls body(first element of a pixel of x, of y, of a filter's tap) for all taps of all windows in an image.
template <typename Body>
void for_each_tap(const Tensor& x, const Tensor& w, const Convolution& by, const Tensor& y, long long n, Body body)
{
    for (int p = 0; p < y.h; p++)
        for (int q = 0; q < y.w; q++)
            for (int r = 0; r < w.h; r++)
                for (int s = 0; s < w.w; s++)
                {
                    const int row = p * by.stride_h + r - by.pad_h, column = q * by.stride_w + s - by.pad_w;
                    if (row >= 0 && row < x.h && column >= 0 && column < x.w)
                        body(((n * x.h + row) * x.w + column) * x.c,
                             ((n * y.h + p) * y.w + q) * y.c, ((long long)r * w.w + s) * w.c);
                }
}

void set(Tensor* tensor, int format, int type, int n, int c, int h, int w)
{
    *tensor = {type, n, c, h, w, format == Nhwc};
}
} // namespace

// Handle, versions, errors.
API size_t cudnnGetVersion() { return is_eight ? 8907 : 91200; }

API size_t cudnnGetCudartVersion() { return 13000; }

API const char* cudnnGetErrorString(int status)
{
    return status == 0 ? "CUDNN_STATUS_SUCCESS" : status == number_of(BadParameter) ? "CUDNN_STATUS_BAD_PARAM"
        : status == number_of(NotSupported) ? "CUDNN_STATUS_NOT_SUPPORTED" : "CUDNN_STATUS_UNKNOWN";
}

#if CUDNN_MAJOR != 8
API void cudnnGetLastErrorString(char* text, size_t bytes) { snprintf(text, bytes, "the emulation of cuDNN refused"); }
#endif

API int cudnnCreate(Handle** handle) { return *handle = new Handle, 0; }

API int cudnnDestroy(Handle* handle) { return delete handle, 0; }

API int cudnnSetStream(Handle* handle, void* stream) { return handle->stream = stream, 0; }

API int cudnnGetStream(Handle* handle, void** stream) { return *stream = handle->stream, 0; }

// Descriptors.
API int cudnnCreateTensorDescriptor(Tensor** tensor) { return *tensor = new Tensor, 0; }

API int cudnnDestroyTensorDescriptor(Tensor* tensor) { return delete tensor, 0; }

API int cudnnSetTensor4dDescriptor(Tensor* tensor, int format, int type, int n, int c, int h, int w)
{
    return set(tensor, format, type, n, c, h, w), 0;
}

API int cudnnSetTensor4dDescriptorEx(
    Tensor* tensor, int type, int n, int c, int h, int w, int n_stride, int c_stride, int h_stride, int w_stride)
{
    *tensor = {type, n, c, h, w, c_stride == 1 && w_stride == c && h_stride == w * c && n_stride == h * w * c};
    return 0;
}

API int cudnnCreateFilterDescriptor(Tensor** filter) { return *filter = new Tensor, 0; }

API int cudnnDestroyFilterDescriptor(Tensor* filter) { return delete filter, 0; }

API int cudnnSetFilter4dDescriptor(Tensor* filter, int type, int format, int k, int c, int r, int s)
{
    return set(filter, format, type, k, c, r, s), 0;
}

API int cudnnCreateConvolutionDescriptor(Convolution** by) { return *by = new Convolution{}, 0; }

API int cudnnDestroyConvolutionDescriptor(Convolution* by) { return delete by, 0; }

API int cudnnSetConvolution2dDescriptor(
    Convolution* by, int pad_h, int pad_w, int stride_h, int stride_w, int dilation_h, int dilation_w, int mode,
    int type)
{
    *by = {pad_h, pad_w, stride_h, stride_w, dilation_h, dilation_w, mode, type};
    return 0;
}

API int cudnnSetConvolutionMathType(Convolution* by, int math) { return by->math = math, 0; }

API int cudnnGetConvolutionMathType(Convolution* by, int* math) { return *math = by->math, 0; }

API int cudnnSetConvolutionGroupCount(Convolution* by, int groups) { return by->groups = groups, 0; }

// Algorithms.
API int cudnnGetConvolutionForwardAlgorithmMaxCount(Handle*, int* count)
{
    return *count = (int)forward_algorithms.size(), 0;
}

API int cudnnGetConvolutionBackwardDataAlgorithmMaxCount(Handle*, int* count)
{
    return *count = (int)data_algorithms.size(), 0;
}

API int cudnnGetConvolutionBackwardFilterAlgorithmMaxCount(Handle*, int* count)
{
    return *count = (int)filter_algorithms.size(), 0;
}

API int cudnnGetConvolutionForwardAlgorithm_v7(
    Handle*, Tensor*, Tensor*, Convolution*, Tensor*, int wanted, int* found, Performance* results)
{
    return list(forward_algorithms, wanted, found, results);
}

API int cudnnGetConvolutionBackwardDataAlgorithm_v7(
    Handle*, Tensor*, Tensor*, Convolution*, Tensor*, int wanted, int* found, Performance* results)
{
    return list(data_algorithms, wanted, found, results);
}

API int cudnnGetConvolutionBackwardFilterAlgorithm_v7(
    Handle*, Tensor*, Tensor*, Convolution*, Tensor*, int wanted, int* found, Performance* results)
{
    return list(filter_algorithms, wanted, found, results);
}

API int cudnnGetConvolutionForwardWorkspaceSize(
    Handle*, Tensor*, Tensor*, Convolution* by, Tensor*, int algorithm, size_t* bytes)
{
    return workspace_of(forward_algorithms, algorithm, *by, bytes);
}

API int cudnnGetConvolutionBackwardDataWorkspaceSize(
    Handle*, Tensor*, Tensor*, Convolution* by, Tensor*, int algorithm, size_t* bytes)
{
    return workspace_of(data_algorithms, algorithm, *by, bytes);
}

API int cudnnGetConvolutionBackwardFilterWorkspaceSize(
    Handle*, Tensor*, Tensor*, Convolution* by, Tensor*, int algorithm, size_t* bytes)
{
    return workspace_of(filter_algorithms, algorithm, *by, bytes);
}

// Convolutions.
API int cudnnConvolutionForward(
    Handle* handle, const float* alpha, Tensor* x_tensor, const void* x, Tensor* w_tensor, const void* w,
    Convolution* convolution, int algorithm, void* workspace, size_t workspace_bytes, const float* beta,
    Tensor* y_tensor, void* y)
{
    emulation::record(__func__);
    const Tensor xt = *x_tensor, wt = *w_tensor, yt = *y_tensor;
    const Convolution by = *convolution;
    const Status status = check(xt, wt, by, yt, forward_algorithms, algorithm, workspace, workspace_bytes, *beta);
    if (status != Success || !xt.is_at(x) || !wt.is_at(w) || !yt.is_at(y))
        return number_of(status == Success ? BadParameter : status);
    emulation::on_stream(handle->stream, [=, alpha = *alpha, beta = *beta] {
        const std::vector<float> xs = operand(xt, x, by), ws = operand(wt, w, by);
        std::vector<float> ys(yt.count());
        const long long taps = (long long)wt.h * wt.w * wt.c;
        emulation::parallel_for(yt.n, [&](long long n) {
            for_each_tap(xt, wt, by, yt, n, [&](long long at_x, long long at_y, long long at_w) {
                for (int k = 0; k < yt.c; k++)
                {
                    float sum = 0;
                    for (int c = 0; c < xt.c; c++)
                        sum += xs[at_x + c] * ws[k * taps + at_w + c];
                    ys[at_y + k] += sum;
                }
            });
        });
        put(yt, y, ys, alpha, beta);
    });
    return 0;
}

API int cudnnConvolutionBackwardData(
    Handle* handle, const float* alpha, Tensor* w_tensor, const void* w, Tensor* y_tensor, const void* dy,
    Convolution* convolution, int algorithm, void* workspace, size_t workspace_bytes, const float* beta,
    Tensor* x_tensor, void* dx)
{
    emulation::record(__func__);
    const Tensor xt = *x_tensor, wt = *w_tensor, yt = *y_tensor;
    const Convolution by = *convolution;
    const Status status = check(xt, wt, by, yt, data_algorithms, algorithm, workspace, workspace_bytes, *beta);
    if (status != Success || !xt.is_at(dx) || !wt.is_at(w) || !yt.is_at(dy))
        return number_of(status == Success ? BadParameter : status);
    emulation::on_stream(handle->stream, [=, alpha = *alpha, beta = *beta] {
        const std::vector<float> ys = operand(yt, dy, by), ws = operand(wt, w, by);
        std::vector<float> xs(xt.count());
        const long long taps = (long long)wt.h * wt.w * wt.c;
        emulation::parallel_for(yt.n, [&](long long n) {
            for_each_tap(xt, wt, by, yt, n, [&](long long at_x, long long at_y, long long at_w) {
                for (int k = 0; k < yt.c; k++)
                    for (int c = 0; c < xt.c; c++)
                        xs[at_x + c] += ys[at_y + k] * ws[k * taps + at_w + c];
            });
        });
        put(xt, dx, xs, alpha, beta);
    });
    return 0;
}

API int cudnnConvolutionBackwardFilter(
    Handle* handle, const float* alpha, Tensor* x_tensor, const void* x, Tensor* y_tensor, const void* dy,
    Convolution* convolution, int algorithm, void* workspace, size_t workspace_bytes, const float* beta,
    Tensor* w_tensor, void* dw)
{
    emulation::record(__func__);
    const Tensor xt = *x_tensor, wt = *w_tensor, yt = *y_tensor;
    const Convolution by = *convolution;
    const Status status = check(xt, wt, by, yt, filter_algorithms, algorithm, workspace, workspace_bytes, *beta);
    if (status != Success || !xt.is_at(x) || !wt.is_at(dw) || !yt.is_at(dy))
        return number_of(status == Success ? BadParameter : status);
    emulation::on_stream(handle->stream, [=, alpha = *alpha, beta = *beta] {
        const std::vector<float> xs = operand(xt, x, by), ys = operand(yt, dy, by);
        std::vector<float> ws(wt.count());
        const long long taps = (long long)wt.h * wt.w * wt.c;
        emulation::parallel_for(yt.c, [&](long long k) {
            for (int n = 0; n < yt.n; n++)
                for_each_tap(xt, wt, by, yt, n, [&](long long at_x, long long at_y, long long at_w) {
                    for (int c = 0; c < xt.c; c++)
                        ws[k * taps + at_w + c] += ys[at_y + k] * xs[at_x + c];
                });
        });
        put(wt, dw, ws, alpha, beta);
    });
    return 0;
}

// Batch normalisation in training, and with ReLU fused where elements are half as wide: the mask goes to the reserve.
namespace
{
/// Whether an element was above 0, and 256 bytes more, so that nobody takes it for the mask alone.
size_t reserve_bytes(const Tensor& x) { return x.count() + 256; }

constexpr size_t norm_workspace_bytes = 4096;

struct Buffer
{
    void* first;
    size_t bytes;
};

Status check_norm(
    const Tensor& x, const Tensor& vector, int mode, int operations, std::initializer_list<const void*> tensors,
    std::initializer_list<const void*> vectors)
{
    const bool is_fused = operations == 1;
    if (mode != 2 || operations > 1 || !x.is_packed || (x.type != Bf16 && (is_fused || x.type != Float)))
        return NotSupported;
    if (vector.type != Float || vector.count() != x.c)
        return BadParameter;
    for (const void* tensor : tensors)
        if (!x.is_at(tensor))
            return BadParameter;
    for (const void* one : vectors)
        if (!vector.is_at(one))
            return BadParameter;
    return Success;
}

bool fit(const Tensor& x, Buffer workspace, Buffer reserve)
{
    return workspace.bytes >= norm_workspace_bytes && reserve.bytes >= reserve_bytes(x)
        && emulation::is_on_device(workspace.first, workspace.bytes)
        && emulation::is_on_device(reserve.first, reserve.bytes);
}

int norm_forward(
    Handle* handle, Tensor xt, const void* x, void* y, const float* scale, const float* bias, double epsilon,
    float* mean, float* inverse, unsigned char* mask)
{
    emulation::on_stream(handle->stream, [=] {
        const Number number = xt.number();
        const long long count = xt.count() / xt.c;
        emulation::parallel_for(xt.c, [&](long long c) {
            double sum = 0, squares = 0;
            for (long long i = c; i < xt.count(); i += xt.c)
                sum += emulation::read(x, number, i);
            mean[c] = (float)(sum / count);
            for (long long i = c; i < xt.count(); i += xt.c)
            {
                const double difference = emulation::read(x, number, i) - sum / count;
                squares += difference * difference;
            }
            inverse[c] = (float)(1 / std::sqrt(squares / count + epsilon));
            for (long long i = c; i < xt.count(); i += xt.c)
            {
                const float value = (emulation::read(x, number, i) - mean[c]) * inverse[c] * scale[c] + bias[c];
                if (mask)
                    mask[i] = value > 0;
                emulation::write(y, number, i, mask && value <= 0 ? 0 : value);
            }
        });
    });
    return 0;
}

int norm_backward(
    Handle* handle, Tensor xt, const void* x, const void* dy, void* dx, const float* scale, float* dscale, float* dbias,
    const float* mean, const float* inverse, const unsigned char* mask)
{
    emulation::on_stream(handle->stream, [=] {
        const Number number = xt.number();
        const long long count = xt.count() / xt.c;
        emulation::parallel_for(xt.c, [&](long long c) {
            const auto gradient = [&](long long i) { return mask && !mask[i] ? 0 : emulation::read(dy, number, i); };
            const auto normalised = [&](long long i) { return (emulation::read(x, number, i) - mean[c]) * inverse[c]; };
            double sum = 0, products = 0;
            for (long long i = c; i < xt.count(); i += xt.c)
            {
                sum += gradient(i);
                products += gradient(i) * normalised(i);
            }
            dbias[c] = (float)sum;
            dscale[c] = (float)products;
            for (long long i = c; i < xt.count(); i += xt.c)
                emulation::write(
                    dx, number, i,
                    scale[c] * inverse[c] * (float)(gradient(i) - sum / count - normalised(i) * products / count));
        });
    });
    return 0;
}
} // namespace

API int cudnnCreateActivationDescriptor(int** mode) { return *mode = new int(-1), 0; }

API int cudnnDestroyActivationDescriptor(int* mode) { return delete mode, 0; }

API int cudnnSetActivationDescriptor(int* to, int mode, int, double)
{
    return *to = mode, number_of(mode == 1 ? Success : NotSupported);
}

API int cudnnDeriveBNTensorDescriptor(Tensor* vector, Tensor* x, int)
{
    return set(vector, Nhwc, Float, 1, x->c, 1, 1), 0;
}

API int cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize(
    Handle*, int mode, int operations, Tensor* x, Tensor*, Tensor*, Tensor* vector, int*, size_t* bytes)
{
    return *bytes = norm_workspace_bytes, number_of(check_norm(*x, *vector, mode, operations, {}, {}));
}

API int cudnnGetBatchNormalizationBackwardExWorkspaceSize(
    Handle*, int mode, int operations, Tensor* x, Tensor*, Tensor*, Tensor*, Tensor*, Tensor* vector, int*,
    size_t* bytes)
{
    return *bytes = norm_workspace_bytes, number_of(check_norm(*x, *vector, mode, operations, {}, {}));
}

API int cudnnGetBatchNormalizationTrainingExReserveSpaceSize(Handle*, int, int, int*, Tensor* x, size_t* bytes)
{
    return *bytes = reserve_bytes(*x), 0;
}

API int cudnnBatchNormalizationForwardTraining(
    Handle* handle, int mode, const float*, const float*, Tensor* xt, const void* x, Tensor*, void* y, Tensor* vector,
    const float* scale, const float* bias, double, void*, void*, double epsilon, float* mean, float* inverse)
{
    emulation::record(__func__);
    const Status status = check_norm(*xt, *vector, mode, 0, {x, y}, {scale, bias, mean, inverse});
    return status != Success ? number_of(status)
                             : norm_forward(handle, *xt, x, y, scale, bias, epsilon, mean, inverse, nullptr);
}

API int cudnnBatchNormalizationForwardTrainingEx(
    Handle* handle, int mode, int operations, const float*, const float*, Tensor* xt, const void* x, Tensor*,
    const void*, Tensor*, void* y, Tensor* vector, const float* scale, const float* bias, double, void*, void*,
    double epsilon, float* mean, float* inverse, int*, void* workspace, size_t workspace_bytes, void* reserve,
    size_t reserve_size)
{
    emulation::record(__func__);
    const Status status = check_norm(*xt, *vector, mode, operations, {x, y}, {scale, bias, mean, inverse});
    if (status != Success || !fit(*xt, {workspace, workspace_bytes}, {reserve, reserve_size}))
        return number_of(status == Success ? BadParameter : status);
    return norm_forward(handle, *xt, x, y, scale, bias, epsilon, mean, inverse, (unsigned char*)reserve);
}

API int cudnnBatchNormalizationBackward(
    Handle* handle, int mode, const float*, const float*, const float*, const float*, Tensor* xt, const void* x,
    Tensor*, const void* dy, Tensor*, void* dx, Tensor* vector, const float* scale, float* dscale, float* dbias, double,
    const float* mean, const float* inverse)
{
    emulation::record(__func__);
    const Status status = check_norm(*xt, *vector, mode, 0, {x, dy, dx}, {scale, dscale, dbias, mean, inverse});
    return status != Success
        ? number_of(status)
        : norm_backward(handle, *xt, x, dy, dx, scale, dscale, dbias, mean, inverse, nullptr);
}

API int cudnnBatchNormalizationBackwardEx(
    Handle* handle, int mode, int operations, const float*, const float*, const float*, const float*, Tensor* xt,
    const void* x, Tensor*, const void* y, Tensor*, const void* dy, Tensor*, void*, Tensor*, void* dx, Tensor* vector,
    const float* scale, const float* bias, float* dscale, float* dbias, double, const float* mean, const float* inverse,
    int*, void* workspace, size_t workspace_bytes, void* reserve, size_t reserve_size)
{
    emulation::record(__func__);
    const Status status =
        check_norm(*xt, *vector, mode, operations, {x, y, dy, dx}, {scale, bias, dscale, dbias, mean, inverse});
    if (status != Success || !fit(*xt, {workspace, workspace_bytes}, {reserve, reserve_size}))
        return number_of(status == Success ? BadParameter : status);
    return norm_backward(
        handle, *xt, x, dy, dx, scale, dscale, dbias, mean, inverse, (const unsigned char*)reserve);
}
