// The tiles of a product whose operands are changed as they are loaded and whose result as it is stored.
//
// sum[i][j] = Σ over depth of a[row i][depth] · b[column j][depth], in float32. A block of 16 × 16 threads computes
// 128 rows × 64 columns: it takes 16 of the depth at a time to shared memory, both sides turned so that their rows lie
// side by side, and while it multiplies them the next 16 are on their way in registers. Thread (x, y) keeps rows
// 8y … 8y + 7 and columns 4x … 4x + 3, so its columns are a Group<4> of the convention in common.cuh.
//
// For tensor cores, multiply_tile alone changes: the tiles are what mma fragments are read from, rounded to tf32 or
// bf16 when they are stored, and after the last of the depth the fragments go to the threads above through the tiles.
#pragma once
#include "norm.cuh"

constexpr int tile_rows = 128, tile_columns = 64, tile_depth = 16;
constexpr int thread_rows = 8, thread_columns = 4;
constexpr int tile_threads = 256;

/// One of two pairs of tiles. Four more numbers a row spread what is stored turned over the banks.
struct alignas(16) Tiles
{
    float a[tile_depth][tile_rows + 4], b[tile_depth][tile_columns + 4];
};

__device__ inline int thread_of_block() { return threadIdx.y * blockDim.x + threadIdx.x; }

/// Four numbers at a multiple of 16 bytes.
__device__ inline void read_four(const float* from, float (&values)[4])
{
    const float4 four = *(const float4*)from;
    values[0] = four.x;
    values[1] = four.y;
    values[2] = four.z;
    values[3] = four.w;
}

/// Rows of numbers in global memory; what lies outside reads as 0.
template <typename T> struct Matrix
{
    T* first;
    int pitch;
    Index rows, columns;
    bool is_aligned; // fours may be accessed at once

    __device__ Matrix(Slice<T> x, Index rows, Index columns)
        : first(x.first), pitch(x.pitch), rows(rows), columns(columns), is_aligned(::is_aligned<4>(x))
    {
    }

    __device__ void load(Index row, Index column, float (&values)[4]) const
    {
        const T* from = first + row * pitch + column;
        if (is_aligned && row < rows && column + 4 <= columns)
        {
            unsigned words[sizeof(T)];
            read_words(from, words);
            for (int i = 0; i < 4; i++)
                values[i] = element(words, i, T());
        }
        else
            for (int i = 0; i < 4; i++)
                values[i] = row < rows && column + i < columns ? to_float(from[i]) : 0;
    }

    /// Writes what lies inside.
    __device__ void store(Index row, Index column, const float (&values)[4]) const
    {
        T* to = first + row * pitch + column;
        if (is_aligned && row < rows && column + 4 <= columns)
        {
            unsigned words[sizeof(T)];
            for (int i = 0; i < 4; i++)
            {
                T value;
                from_float(values[i], value);
                set_element(words, i, value);
            }
            write_words(to, words);
        }
        else
            for (int i = 0; i < 4; i++)
                if (row < rows && column + i < columns)
                    from_float(values[i], to[i]);
    }
};

/// One side of a product: Rows from `row` on, at 16 of the depth. Where DepthIsInner, they are the matrix's rows and
/// the depth its columns; else the other way round. A thread carries fours of neighbours in memory.
template <typename T, int Rows, bool DepthIsInner> struct Side
{
    static constexpr int across = (DepthIsInner ? tile_depth : Rows) / 4; // fours side by side
    static constexpr int fours = Rows * tile_depth / 4 / tile_threads;

    Matrix<T> matrix;
    Index row;
    float values[fours][4];

    __device__ Side(const Matrix<T>& matrix, Index row) : matrix(matrix), row(row) {}

    __device__ int inner() const { return thread_of_block() % across * 4; }
    __device__ int outer(int four) const { return thread_of_block() / across + four * (tile_threads / across); }

    __device__ void load(Index depth)
    {
        for (int four = 0; four < fours; four++)
            if constexpr (DepthIsInner)
                matrix.load(row + outer(four), depth + inner(), values[four]);
            else
                matrix.load(depth + outer(four), row + inner(), values[four]);
    }

    __device__ void store(Index, float (&tile)[tile_depth][Rows + 4])
    {
        for (int four = 0; four < fours; four++)
            if constexpr (DepthIsInner)
                for (int i = 0; i < 4; i++)
                    tile[inner() + i][outer(four)] = values[four][i];
            else
                *(float4*)&tile[outer(four)][inner()] =
                    {values[four][0], values[four][1], values[four][2], values[four][3]};
    }
};

/// A batch normalisation's vectors for some channels, in shared memory.
struct alignas(16) StagedNorm
{
    static constexpr int channels = tile_threads;
    float mean[channels], inverse[channels], gamma[channels], beta[channels];
};

/// A side relu(norm(x)), x [pixels, channels]; channels outside are 0 like x.
template <typename X, int Rows, bool DepthIsInner> struct NormalisedSide : Side<X, Rows, DepthIsInner>
{
    using Base = Side<X, Rows, DepthIsInner>;
    Norm norm;
    StagedNorm& staged;
    Index begin = -StagedNorm::channels; // the first staged channel

    __device__ NormalisedSide(const Matrix<X>& x, Index row, const Norm& norm, StagedNorm& staged)
        : Base(x, row), norm(norm), staged(staged)
    {
    }

    __device__ void store(Index depth, float (&tile)[tile_depth][Rows + 4])
    {
        const Index first = DepthIsInner ? depth : this->row;
        if (first >= begin + StagedNorm::channels)
            stage(first);
        const int at = (int)(first - begin) + this->inner();
        float mean[4], inverse[4], gamma[4], beta[4];
        read_four(staged.mean + at, mean);
        read_four(staged.inverse + at, inverse);
        read_four(staged.gamma + at, gamma);
        read_four(staged.beta + at, beta);
        for (auto& four : this->values)
            for (int i = 0; i < 4; i++)
                four[i] = relu(scale_and_shift(normalise(four[i], mean[i], inverse[i]), gamma[i], beta[i]));
        Base::store(depth, tile);
    }

    /// A channel a thread. All have read what was staged before: a barrier has followed.
    __device__ void stage(Index first)
    {
        begin = first;
        const int thread = thread_of_block();
        const Index channel = first + thread;
        const bool is_inside = channel < this->matrix.columns;
        staged.mean[thread] = is_inside ? norm.mean[channel] : 0;
        staged.inverse[thread] = is_inside ? inverse_deviation(norm.variance[channel], norm.epsilon) : 0;
        staged.gamma[thread] = is_inside ? norm.gamma[channel] : 0;
        staged.beta[thread] = is_inside ? norm.beta[channel] : 0;
        __syncthreads();
    }
};

/// Adds the product of two tiles.
__device__ inline void multiply_tile(const Tiles& tiles, float (&sum)[thread_rows][thread_columns])
{
    for (int depth = 0; depth < tile_depth; depth++)
    {
        float upper[4], lower[4], b[4];
        const float* a = tiles.a[depth] + thread_rows * threadIdx.y;
        read_four(a, upper);
        read_four(a + 4, lower);
        read_four(tiles.b[depth] + thread_columns * threadIdx.x, b);
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < thread_columns; j++)
            {
                sum[i][j] = fmaf(upper[i], b[j], sum[i][j]);
                sum[i + 4][j] = fmaf(lower[i], b[j], sum[i + 4][j]);
            }
    }
}

/// sum = the product of two sides over the depth [begin, end), in order of the depth.
template <typename A, typename B>
__device__ inline void multiply(
    A a, B b, Index begin, Index end, Tiles (&tiles)[2], float (&sum)[thread_rows][thread_columns])
{
    for (auto& row : sum)
        for (float& value : row)
            value = 0;
    int current = 0;
    if (begin < end)
    {
        a.load(begin);
        b.load(begin);
        a.store(begin, tiles[0].a);
        b.store(begin, tiles[0].b);
    }
    __syncthreads();
    for (Index depth = begin; depth < end; depth += tile_depth, current ^= 1)
    {
        const Index next = depth + tile_depth;
        if (next < end)
        {
            a.load(next);
            b.load(next);
        }
        multiply_tile(tiles[current], sum);
        if (next < end)
        {
            a.store(next, tiles[current ^ 1].a);
            b.store(next, tiles[current ^ 1].b);
        }
        __syncthreads(); // what was stored is there, and nobody reads what comes next to be overwritten
    }
}
