// The normalisation that forward and backward must compute alike, to the last bit: the ReLU's mask is found again.
#pragma once
#include "common.cuh"

/// The four vectors of a batch normalisation and its epsilon.
struct Norm
{
    const float *mean, *variance, *gamma, *beta;
    float epsilon;
};

/// The gradients of the four vectors.
struct NormGradient
{
    float *mean, *variance, *gamma, *beta;
};

__device__ inline float inverse_deviation(float variance, float epsilon) { return 1 / sqrtf(variance + epsilon); }

/// (x − mean) / √(variance + ε). The mean is taken off first, so one that dwarfs the deviation does no harm.
__device__ inline float normalise(float x, float mean, float inverse) { return (x - mean) * inverse; }

/// What the ReLU is given, for a normalised x.
__device__ inline float scale_and_shift(float normalised, float gamma, float beta)
{
    return fmaf(gamma, normalised, beta);
}

/// Adds a channel's gradients, given Σ g and Σ g · x̂ with g = dy where a ReLU let it pass, else 0.
__device__ inline void add_gradients(
    const Norm& norm, Index channel, float sum_of_g, float sum_of_gx, const NormGradient& dnorm)
{
    const float inverse = inverse_deviation(norm.variance[channel], norm.epsilon);
    const float scale = norm.gamma[channel] * inverse;
    dnorm.gamma[channel] += sum_of_gx;
    dnorm.beta[channel] += sum_of_g;
    dnorm.mean[channel] -= scale * sum_of_g;
    dnorm.variance[channel] -= scale * inverse * sum_of_gx / 2;
}

/// The normalisation of a group's channels, in registers.
template <int Width> struct GroupNorm
{
    float mean[Width], inverse[Width], gamma[Width], beta[Width];

    __device__ GroupNorm(const Norm& norm, const Group<Width>& group)
    {
        load(norm.mean, group, mean);
        load(norm.variance, group, inverse);
        load(norm.gamma, group, gamma);
        load(norm.beta, group, beta);
        for (int i = 0; i < Width; i++)
            inverse[i] = inverse_deviation(inverse[i], norm.epsilon);
    }

    __device__ float normalised(int i, float x) const { return normalise(x, mean[i], inverse[i]); }
    __device__ float shifted(int i, float normalised) const { return scale_and_shift(normalised, gamma[i], beta[i]); }

    /// Of one value's gradient, that of x; and what it adds to Σ g and Σ g · x̂.
    __device__ float gradient(
        int i, float x, float dy, float& sum_of_g, float& sum_of_gx, bool rectifies = true) const
    {
        const float value = normalised(i, x), g = !rectifies || shifted(i, value) > 0 ? dy : 0;
        sum_of_g += g;
        sum_of_gx = fmaf(g, value, sum_of_gx);
        return gamma[i] * inverse[i] * g;
    }
};
