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

    /// (x − mean) / √(variance + ε). The mean is taken off first, so one that dwarfs the deviation does no harm.
    __device__ float normalised(int i, float x) const { return (x - mean[i]) * inverse[i]; }

    /// What the ReLU is given, for a normalised x.
    __device__ float shifted(int i, float normalised) const { return fmaf(gamma[i], normalised, beta[i]); }
};
