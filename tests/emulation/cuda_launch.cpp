// The stand-in driver's modules and launches. An image stands for the emulated kernels; a kernel that PTX with entries does not name is not found.
#include "driver.h"
#include <climits>

using namespace emulation::driver;

namespace
{
struct Module
{
    std::string image;
};

/// What a launch does when its turn comes, with arguments copied when it was asked for.
void run_kernel(const emulation::Kernel& kernel, dim3 grid, dim3 block, std::vector<std::vector<char>> arguments)
{
    if (lasting_error != Success)
        return;
    std::vector<void*> pointers;
    for (std::vector<char>& argument : arguments)
        pointers.push_back(argument.data());
    std::string error = emulation::run_grid(kernel, grid, block, pointers.data());
    if (error.empty())
    {
        error = broken_fence();
        error = error.empty() ? error : std::string(kernel.name) + ": " + error;
    }
    if (!error.empty())
        lasting_error = fail(LaunchFailed, error);
}
} // namespace

API Result cuModuleLoadData(void** module, const char* image)
{
    ENTER_CONTEXT
    REFUSE_WHILE_CAPTURING
    const bool is_binary = memcmp(image, "\177ELF", 4) == 0;
    if (!is_binary && strstr(image, ".version") == nullptr)
        return fail(InvalidImage, "the image is neither PTX nor a cubin");
    *module = new Module{is_binary ? "" : image};
    return Success;
}

API Result cuModuleLoadDataEx(void** module, const char* image, unsigned, int*, void**)
{
    return cuModuleLoadData(module, image);
}

API Result cuModuleUnload(void* module)
{
    ENTER_CONTEXT
    delete (Module*)module;
    return Success;
}

API Result cuModuleGetFunction(const emulation::Kernel** function, void* module, const char* name)
{
    ENTER_CONTEXT
    const std::string& image = ((Module*)module)->image;
    const auto found = kernels().find(name);
    const bool names_kernels = image.find(".entry") != std::string::npos;
    if (found == kernels().end() || (names_kernels && image.find(name) == std::string::npos))
        return fail(NotFound, std::string("no kernel is named ") + name);
    return *function = found->second, Success;
}

API Result cuFuncGetAttribute(int* value, int attribute, const void*)
{
    ENTER_CONTEXT
    return *value = attribute == 0 ? 1024 : 0, Success;
}

API Result cuFuncSetAttribute(const void*, int, int) { ENTER_CONTEXT return Success; }

API Result cuFuncLoad(const void*) { ENTER_CONTEXT return Success; }

API Result cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void*, int threads, size_t)
{
    ENTER_CONTEXT
    return *blocks = 2048 / threads, Success;
}

API Result cuLaunchKernel(
    const emulation::Kernel* kernel, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
    unsigned block_y, unsigned block_z, unsigned shared_bytes, void* stream, void** arguments, void** extra)
{
    ENTER_CONTEXT
    emulation::record(std::string("  ") + kernel->name);
    const auto is_between = [](uint64_t value, uint64_t most) { return value >= 1 && value <= most; };
    if (!is_between(grid_x, INT_MAX) || !is_between(grid_y, 65535) || !is_between(grid_z, 65535)
        || !is_between((uint64_t)block_x * block_y * block_z, 1024) || block_z > 64 || shared_bytes > 49152 || extra)
        return fail(InvalidValue, std::string(kernel->name) + ": no GPU takes a launch of this shape");
    std::vector<std::vector<char>> copies;
    for (int i = 0; i < kernel->parameters; i++)
        copies.emplace_back((char*)arguments[i], (char*)arguments[i] + kernel->sizes[i]);
    submit(stream_of(stream), [=] {
        run_kernel(*kernel, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, copies);
    });
    return lasting_error;
}

API Result cuLaunchHostFunc(void* stream, void (*function)(void*), void* argument)
{
    ENTER_CONTEXT
    submit(stream_of(stream), [=] { function(argument); });
    return Success;
}
