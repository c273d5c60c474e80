// Of libcudnn.so, for machines with no GPU: batch normalisation in training, and with ReLU fused where elements are half
// as wide: the mask goes to the reserve. Built twice, as cudnn.cpp.
#pragma GCC optimize("O3")
#include "cudnn.h"
#include <cmath>

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
