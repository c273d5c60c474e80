// libcudnn.so for machines with no GPU: the legacy API's 2-d convolutions of packed NHWC operands, float32 or bf16 with
// float32 sums; anything else is NOT_SUPPORTED. As on a GPU, float32 means TF32 unless the descriptor asks for FMA.
// Built twice, as version 9 and, with CUDNN_MAJOR=8, as version 8: other numbers for statuses, and without the function
// that only 9 has.
#pragma GCC optimize("O3")
#include "cudnn.h"
#include <cstdio>

namespace
{
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
