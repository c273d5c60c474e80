// Philox4x32-10: four random words as a pure function of a key and a counter, the same as RandomNumbers/Philox.cs.
// Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", doi:10.1145/2063384.2063405.
#pragma once
#include "common.cuh"

struct Words
{
    unsigned x, y, z, w;
};

/// The words at a position of the stream (seed, stream, step).
__device__ inline Words philox(
    unsigned long long seed, unsigned long long position, unsigned stream, unsigned step)
{
    Words words = {(unsigned)position, (unsigned)(position >> 32), stream, step};
    unsigned key0 = (unsigned)seed, key1 = (unsigned)(seed >> 32);
    for (int round = 0; round < 10; round++)
    {
        const unsigned high0 = __umulhi(0xD2511F53u, words.x), low0 = 0xD2511F53u * words.x;
        const unsigned high1 = __umulhi(0xCD9E8D57u, words.z), low1 = 0xCD9E8D57u * words.z;
        words = {high1 ^ words.y ^ key0, low1, high0 ^ words.w ^ key1, low0};
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return words;
}
