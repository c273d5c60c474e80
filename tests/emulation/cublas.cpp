// libcublas.so and libcublasLt.so for machines with no GPU: matrix products as these have them, column-major, of
// float32 and bf16 with float32 sums. TF32 rounds its operands as a tensor core does.
#pragma GCC optimize("O3")
#include "block.h"
#include "numbers.h"
#include <memory>

#define API extern "C" __attribute__((visibility("default")))

using emulation::Number;

namespace
{
enum { Success = 0, InvalidValue = 7, ExecutionFailed = 13, NotSupported = 15 };
enum { Float = 0, Bf16 = 14 };
enum { Compute32 = 68, ComputePedantic = 69, ComputeTf32 = 77, MathTf32 = 3, MathFullSums = 16 };

struct Handle
{
    void* stream = nullptr;
    int math = 0;
};

/// A column-major matrix, or a batch of them.
struct Matrix
{
    void* first;
    int type, leading;
    long long stride;
    bool is_transposed;

    Number number() const { return type == Float ? Number::Single : Number::Bf16; }
    bool is_known() const { return type == Float || type == Bf16; }

    /// Whether rows × columns of each of count matrices lie in one device allocation.
    bool fits(int rows, int columns, int count) const
    {
        const long long last = (count - 1) * stride + (long long)(columns - 1) * leading + rows;
        return leading >= rows && emulation::is_on_device(first, last * emulation::bytes_of(number()));
    }
};

float at(const Matrix& matrix, long long batch, long long row, long long column)
{
    const long long i = matrix.is_transposed ? column + row * matrix.leading : row + column * matrix.leading;
    return emulation::read(matrix.first, matrix.number(), batch * matrix.stride + i);
}

/// d = alpha · a · b + beta · c, [m, k] · [k, n], for each of count. Sums of parts may have been written as bf16 where d is,
/// as a GPU does with long sums unless the handle forbids it.
int multiply(
    void* stream, int m, int n, int k, float alpha, Matrix a, Matrix b, float beta, Matrix c, Matrix d, int count,
    int compute, bool rounds_parts = false)
{
    if (!a.is_known() || !b.is_known() || !d.is_known()
        || (compute != Compute32 && compute != ComputePedantic && compute != ComputeTf32))
        return NotSupported;
    if (m < 1 || n < 1 || k < 1)
        return InvalidValue;
    const bool fits = (a.is_transposed ? a.fits(k, m, count) : a.fits(m, k, count))
        && (b.is_transposed ? b.fits(n, k, count) : b.fits(k, n, count)) && d.fits(m, n, count)
        && (beta == 0 || c.fits(m, n, count));
    if (!fits)
        return ExecutionFailed;
    emulation::on_stream(stream, [=] {
        for (int batch = 0; batch < count; batch++)
        {
            std::vector<float> packed((size_t)m * k); // a, column-major
            emulation::parallel_for(k, [&](long long l) {
                for (int i = 0; i < m; i++)
                    packed[l * m + i] = emulation::as_operand(at(a, batch, i, l), compute == ComputeTf32);
            });
            emulation::parallel_for(n, [&](long long j) {
                std::vector<float> column(m);
                for (int l = 0; l < k; l++)
                {
                    if (rounds_parts && l == k / 2)
                        for (float& part : column)
                            part = emulation::rounded(part, 16);
                    const float factor = emulation::as_operand(at(b, batch, l, j), compute == ComputeTf32);
                    for (int i = 0; i < m; i++)
                        column[i] += factor * packed[(size_t)l * m + i];
                }
                for (int i = 0; i < m; i++)
                {
                    const float before = beta == 0 ? 0 : beta * at(c, batch, i, j);
                    const long long to = batch * d.stride + j * d.leading + i;
                    emulation::write(d.first, d.number(), to, alpha * column[i] + before);
                }
            });
        }
    });
    return Success;
}

struct Product
{
    int compute, is_a_transposed = 0, is_b_transposed = 0;
};

struct Layout
{
    int type;
    uint64_t rows, columns;
    int64_t leading;
};
} // namespace

API int cublasCreate_v2(Handle** handle) { return *handle = new Handle, Success; }

API int cublasDestroy_v2(Handle* handle) { return delete handle, Success; }

API int cublasGetVersion_v2(Handle*, int* version) { return *version = 130000, Success; }

API int cublasGetProperty(int property, int* value) { return *value = property == 0 ? 13 : 0, Success; }

API const char* cublasGetStatusName(int status)
{
    return status == Success ? "CUBLAS_STATUS_SUCCESS" : status == InvalidValue ? "CUBLAS_STATUS_INVALID_VALUE"
        : status == NotSupported ? "CUBLAS_STATUS_NOT_SUPPORTED" : "CUBLAS_STATUS_EXECUTION_FAILED";
}

API const char* cublasGetStatusString(int status) { return cublasGetStatusName(status); }

API int cublasSetStream_v2(Handle* handle, void* stream) { return handle->stream = stream, Success; }

API int cublasSetWorkspace_v2(Handle*, void* workspace, size_t bytes)
{
    return bytes == 0 || emulation::is_on_device(workspace, bytes) ? Success : InvalidValue;
}

API int cublasSetMathMode(Handle* handle, int mode) { return handle->math = mode, Success; }

API int cublasGetMathMode(Handle* handle, int* mode) { return *mode = handle->math, Success; }

API int cublasSetPointerMode_v2(Handle*, int mode) { return mode == 0 ? Success : NotSupported; }

API int cublasSetAtomicsMode(Handle*, int) { return Success; }

API int cublasGemmStridedBatchedEx(
    Handle* handle, int a_operation, int b_operation, int m, int n, int k, const float* alpha, void* a, int a_type,
    int lda, long long a_stride, void* b, int b_type, int ldb, long long b_stride, const float* beta, void* c,
    int c_type, int ldc, long long c_stride, int count, int compute, int)
{
    emulation::record(__func__);
    const int with_mode = compute == Compute32 && handle->math == MathTf32 ? (int)ComputeTf32 : compute;
    const Matrix result = {c, c_type, ldc, c_stride, false};
    const bool rounds_parts = c_type == Bf16 && !(handle->math & MathFullSums);
    return multiply(
        handle->stream, m, n, k, *alpha, {a, a_type, lda, a_stride, a_operation != 0},
        {b, b_type, ldb, b_stride, b_operation != 0}, *beta, result, result, count, with_mode, rounds_parts);
}

API int cublasGemmEx(
    Handle* handle, int a_operation, int b_operation, int m, int n, int k, const float* alpha, void* a, int a_type,
    int lda, void* b, int b_type, int ldb, const float* beta, void* c, int c_type, int ldc, int compute, int algorithm)
{
    return cublasGemmStridedBatchedEx(
        handle, a_operation, b_operation, m, n, k, alpha, a, a_type, lda, 0, b, b_type, ldb, 0, beta, c, c_type, ldc,
        0, 1, compute, algorithm);
}

API int cublasSgemmStridedBatched(
    Handle* handle, int a_operation, int b_operation, int m, int n, int k, const float* alpha, void* a, int lda,
    long long a_stride, void* b, int ldb, long long b_stride, const float* beta, void* c, int ldc, long long c_stride,
    int count)
{
    return cublasGemmStridedBatchedEx(
        handle, a_operation, b_operation, m, n, k, alpha, a, Float, lda, a_stride, b, Float, ldb, b_stride, beta, c,
        Float, ldc, c_stride, count, Compute32, -1);
}

API int cublasSgemm_v2(
    Handle* handle, int a_operation, int b_operation, int m, int n, int k, const float* alpha, void* a, int lda,
    void* b, int ldb, const float* beta, void* c, int ldc)
{
    return cublasSgemmStridedBatched(
        handle, a_operation, b_operation, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);
}

// cuBLASLt: products of plain column-major matrices, no epilogue.
API int cublasLtCreate(Handle** handle) { return *handle = new Handle, Success; }

API int cublasLtDestroy(Handle* handle) { return delete handle, Success; }

API size_t cublasLtGetVersion() { return 130000; }

API int cublasLtMatmulDescCreate(Product** product, int compute, int scale_type)
{
    return *product = new Product{compute}, scale_type == Float ? Success : NotSupported;
}

API int cublasLtMatmulDescSetAttribute(Product* product, int attribute, const int* value, size_t)
{
    switch (attribute)
    {
    case 2: // pointer mode
        return *value == 0 ? Success : NotSupported;
    case 3:
        return product->is_a_transposed = *value != 0, Success;
    case 4:
        return product->is_b_transposed = *value != 0, Success;
    case 7: // epilogue
        return *value == 1 ? Success : NotSupported;
    default:
        return NotSupported;
    }
}

API int cublasLtMatmulDescDestroy(Product* product) { return delete product, Success; }

API int cublasLtMatrixLayoutCreate(Layout** layout, int type, uint64_t rows, uint64_t columns, int64_t leading)
{
    return *layout = new Layout{type, rows, columns, leading}, Success;
}

API int cublasLtMatrixLayoutSetAttribute(Layout*, int, const void*, size_t) { return NotSupported; }

API int cublasLtMatrixLayoutDestroy(Layout* layout) { return delete layout, Success; }

API int cublasLtMatmulPreferenceCreate(void** preference) { return *preference = new uint64_t(0), Success; }

API int cublasLtMatmulPreferenceSetAttribute(void*, int, const void*, size_t) { return Success; }

API int cublasLtMatmulPreferenceDestroy(uint64_t* preference) { return delete preference, Success; }

API int cublasLtMatmulAlgoGetHeuristic(
    Handle*, Product*, Layout*, Layout*, Layout*, Layout*, void*, int requested, char* results, int* found)
{
    constexpr size_t bytes_of_result = 96;
    memset(results, 0, bytes_of_result); // any algorithm, no workspace, success
    return *found = 1, requested >= 1 ? Success : InvalidValue;
}

API int cublasLtMatmul(
    Handle*, Product* product, const float* alpha, void* a, Layout* a_layout, void* b, Layout* b_layout,
    const float* beta, void* c, Layout* c_layout, void* d, Layout* d_layout, const void*, void*, size_t, void* stream)
{
    emulation::record(__func__);
    const auto matrix = [](void* first, const Layout* of, bool is_transposed) {
        return Matrix{first, of->type, (int)of->leading, 0, is_transposed};
    };
    const int k = (int)(product->is_a_transposed ? a_layout->rows : a_layout->columns);
    return multiply(
        stream, (int)d_layout->rows, (int)d_layout->columns, k, *alpha, matrix(a, a_layout, product->is_a_transposed),
        matrix(b, b_layout, product->is_b_transposed), *beta, matrix(c, c_layout, false), matrix(d, d_layout, false), 1,
        product->compute);
}
