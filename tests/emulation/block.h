// Between the stand-in libraries: running a grid of an emulated kernel, and work that keeps a stream's order.
#pragma once
#include "cuda_emulation.h"
#include <functional>
#include <string>

namespace emulation
{
/// Read from the environment when the library is loaded; emulation_set changes them later.
struct Options
{
    int lazy, reverse, devices, memory_mib;
    int failing_allocation; // of device or pinned memory, from now: 1 is the next, 0 none
};
Options& options();

/// Runs all blocks; returns what went wrong, or nothing.
std::string run_grid(const Kernel& kernel, dim3 grid, dim3 block, void** arguments);

/// Calls body(0) … body(count − 1) on all cores.
void parallel_for(long long count, const std::function<void(long long)>& body);

/// Does the work after what the stream was given before, or records it where the stream is being captured.
void on_stream(void* stream, std::function<void()> work);

/// Whether all the bytes belong to one device allocation.
bool is_on_device(const void* address, size_t bytes);

/// Notes a call for the tests that read the log.
void record(const std::string& call);
} // namespace emulation
