// Windows: which pixels of x lie under one, and which of them hold a pixel of x.
#pragma once
#include "common.cuh"

/// Extents of x and y, and the window between them.
struct Pooling
{
    int x_height, x_width, y_height, y_width;
    int window_height, window_width, stride, padding;
};

/// The first and the end of what lies between low and high, both cut to [0, size).
struct Range
{
    int begin, end;
    __device__ Range(int low, int high, int size) : begin(low > 0 ? low : 0), end(high < size ? high : size) {}
};

/// Where a pixel lies.
struct Place
{
    Index image;
    int row, column;
    __device__ Place(Index pixel, int height, int width)
    {
        const Index rows = pixel / width; // divisions are slow: two, not the four that / and % would be
        image = rows / height;
        row = (int)(rows - image * height);
        column = (int)(pixel - rows * width);
    }
};

__device__ inline Index pixel_of_x(const Pooling& of, Index image, int row, int column)
{
    return (image * of.x_height + row) * of.x_width + column;
}

__device__ inline Index pixel_of_y(const Pooling& of, Index image, int row, int column)
{
    return (image * of.y_height + row) * of.y_width + column;
}

/// The rows (or columns) of x under the window at a row of y.
__device__ inline Range under_window(int place, int window, int size, const Pooling& of)
{
    const int first = place * of.stride - of.padding;
    return {first, first + window, size};
}

/// The rows (or columns) of y whose windows hold a row of x.
__device__ inline Range windows_over(int place, int window, int size, const Pooling& of)
{
    const int shifted = place + of.padding;
    return {shifted < window ? 0 : (shifted - window) / of.stride + 1, shifted / of.stride + 1, size};
}

/// Adds the gradients of the means over all windows that hold a pixel of x.
template <int Width, typename DY>
__device__ inline void gather_windows(
    Slice<DY> dy, const Pooling& of, Index pixel_of_x, const Group<Width>& group, float (&sum)[Width])
{
    const float share = 1.0f / (float)(of.window_height * of.window_width);
    const Place place(pixel_of_x, of.x_height, of.x_width);
    const Range rows = windows_over(place.row, of.window_height, of.y_height, of);
    const Range columns = windows_over(place.column, of.window_width, of.y_width, of);
    for (int row = rows.begin; row < rows.end; row++)
        for (int column = columns.begin; column < columns.end; column++)
        {
            float gradient[Width];
            load(dy, pixel_of_y(of, place.image, row, column), group, gradient);
            for (int i = 0; i < Width; i++)
                sum[i] = fmaf(gradient[i], share, sum[i]);
        }
}
