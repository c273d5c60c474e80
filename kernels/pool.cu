// Average pooling: y = mean of x over each window, padding counting as zeros; dx += dy / (R·S) at every pixel of each
// window. Maximum pooling: y = maximum of x over each window, padding not taking part; dx += dy at the first maximum of
// each window, in rows and then columns, which backward finds again: no indices are stored.
// x, dx [N·H·W, channels]; y, dy [N·P·Q, channels]. Every output element gathers its inputs, so nothing is added by
// atomics. Moves channels · (bytes of x + y), backward those of (x +) dy + dx; what windows share comes from the cache.
#include "pool.cuh"

template <int Width, typename X, typename Y>
__device__ inline void pool(Slice<X> x, Pooling of, Extent y_extent, bool takes_maximum, Slice<Y> y)
{
    const Run run = run_of_block(y_extent.pixels, blockIdx.x);
    for (Group<Width> group(y_extent.channels); group.is_left(); group.next())
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            const Place place(pixel, of.y_height, of.y_width);
            const Range rows = under_window(place.row, of.window_height, of.x_height, of);
            const Range columns = under_window(place.column, of.window_width, of.x_width, of);
            float result[Width];
            for (int i = 0; i < Width; i++)
                result[i] = takes_maximum ? -__int_as_float(0x7f800000) : 0;
            for (int row = rows.begin; row < rows.end; row++)
                for (int column = columns.begin; column < columns.end; column++)
                {
                    float values[Width];
                    load(x, pixel_of_x(of, place.image, row, column), group, values);
                    for (int i = 0; i < Width; i++)
                    {
                        const bool wins = values[i] > result[i] || values[i] != values[i]; // not a number stays so
                        result[i] = !takes_maximum ? result[i] + values[i] : wins ? values[i] : result[i];
                    }
                }
            for (int i = 0; i < Width; i++)
                result[i] = takes_maximum ? result[i] : result[i] / (float)(of.window_height * of.window_width);
            store(y, pixel, group, result);
        }
}

template <int Width, typename DY, typename DX>
__device__ inline void average_pool_backward(Slice<DY> dy, Pooling of, Extent x_extent, int stores, Slice<DX> dx)
{
    const Run run = run_of_block(x_extent.pixels, blockIdx.x);
    for (Group<Width> group(x_extent.channels); group.is_left(); group.next())
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            float sum[Width] = {};
            gather_windows(dy, of, pixel, group, sum);
            accumulate(dx, pixel, group, sum, stores);
        }
}

/// Sets is_maximum[i] where x at (row, column) is the first maximum of the window over (y_row, y_column).
template <int Width, typename X>
__device__ inline void find_maximum(
    Slice<X> x, const Pooling& of, const Group<Width>& group, const Place& place, int y_row, int y_column,
    bool (&is_maximum)[Width])
{
    const Range rows = under_window(y_row, of.window_height, of.x_height, of);
    const Range columns = under_window(y_column, of.window_width, of.x_width, of);
    float best[Width];
    load(x, pixel_of_x(of, place.image, rows.begin, columns.begin), group, best);
    for (int i = 0; i < Width; i++)
        is_maximum[i] = place.row == rows.begin && place.column == columns.begin;
    for (int row = rows.begin; row < rows.end; row++)
        for (int column = columns.begin; column < columns.end; column++)
        {
            float values[Width];
            load(x, pixel_of_x(of, place.image, row, column), group, values);
            for (int i = 0; i < Width; i++)
                if (values[i] > best[i])
                {
                    best[i] = values[i];
                    is_maximum[i] = place.row == row && place.column == column;
                }
        }
}

template <int Width, typename X, typename DY, typename DX>
__device__ inline void max_pool_backward(
    Slice<X> x, Slice<DY> dy, Pooling of, Extent x_extent, int stores, Slice<DX> dx)
{
    const Run run = run_of_block(x_extent.pixels, blockIdx.x);
    for (Group<Width> group(x_extent.channels); group.is_left(); group.next())
        for (Index pixel = run.begin + threadIdx.y; pixel < run.end; pixel += blockDim.y)
        {
            const Place place(pixel, of.x_height, of.x_width);
            const Range rows = windows_over(place.row, of.window_height, of.y_height, of);
            const Range columns = windows_over(place.column, of.window_width, of.y_width, of);
            float sum[Width] = {};
            for (int row = rows.begin; row < rows.end; row++)
                for (int column = columns.begin; column < columns.end; column++)
                {
                    bool is_maximum[Width];
                    find_maximum(x, of, group, place, row, column, is_maximum);
                    float gradient[Width];
                    load(dy, pixel_of_y(of, place.image, row, column), group, gradient);
                    for (int i = 0; i < Width; i++)
                        sum[i] += is_maximum[i] ? gradient[i] : 0;
                }
            accumulate(dx, pixel, group, sum, stores);
        }
}

#define POOL(X, Y) \
    extern "C" __global__ void average_pool_##X##_##Y(Slice<X> x, Pooling pooling, Extent y_extent, Slice<Y> y) \
    { \
        BY_WIDTH(pool, (x, y), (x, pooling, y_extent, false, y)) \
    } \
    extern "C" __global__ void max_pool_##X##_##Y(Slice<X> x, Pooling pooling, Extent y_extent, Slice<Y> y) \
    { \
        BY_WIDTH(pool, (x, y), (x, pooling, y_extent, true, y)) \
    }
POOL(f32, f32)
POOL(bf16, bf16)

#define AVERAGE_POOL_BACKWARD(DY, DX) \
    extern "C" __global__ void average_pool_backward_##DY##_##DX( \
        Slice<DY> dy, Pooling pooling, Extent x_extent, int stores, Slice<DX> dx) \
    { \
        BY_WIDTH(average_pool_backward, (dy, dx), (dy, pooling, x_extent, stores, dx)) \
    }
AVERAGE_POOL_BACKWARD(f32, f32)
AVERAGE_POOL_BACKWARD(bf16, bf16)

#define MAX_POOL_BACKWARD(X, DY, DX) \
    extern "C" __global__ void max_pool_backward_##X##_##DY##_##DX( \
        Slice<X> x, Slice<DY> dy, Pooling pooling, Extent x_extent, int stores, Slice<DX> dx) \
    { \
        BY_WIDTH(max_pool_backward, (x, dy, dx), (x, dy, pooling, x_extent, stores, dx)) \
    }
MAX_POOL_BACKWARD(f32, f32, f32)
MAX_POOL_BACKWARD(bf16, f32, f32)
MAX_POOL_BACKWARD(bf16, bf16, bf16)
