// libcuda.so.1 for machines with no GPU: one device, one primary context, and the driver API's functions that the
// engine uses, over the emulated kernels in libkernels.so beside it. It is as strict as a GPU, or stricter:
// EMULATION_LAZY=1 does the work of a stream only when somebody waits for it, which shows missing synchronisation.
#include "driver.h"
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

namespace emulation::driver
{
std::recursive_mutex everything;
bool is_initialised;
int primary;
thread_local void* current_context;
Result lasting_error; // after a failed kernel the context is lost, as on a GPU
std::string message = "no error";
bool is_recording;
std::string calls;

/// Constructed at the first call, because kernels register themselves while libraries are still being loaded.
std::map<std::string, const emulation::Kernel*>& kernels()
{
    static std::map<std::string, const emulation::Kernel*> all;
    return all;
}

Result fail(Result result, const std::string& why)
{
    message = why;
    return result;
}

int from_environment(const char* name, int otherwise)
{
    const char* value = getenv(name);
    return value == nullptr ? otherwise : atoi(value);
}

emulation::Options options_of_environment()
{
    return {from_environment("EMULATION_LAZY", 0), from_environment("EMULATION_REVERSE", 0),
            from_environment("EMULATION_DEVICES", 1), from_environment("EMULATION_MEMORY_MIB", 16384), 0};
}
} // namespace emulation::driver

using namespace emulation::driver;

namespace emulation
{
Options& options()
{
    static Options all = options_of_environment();
    return all;
}

void record(const std::string& call)
{
    std::lock_guard lock(everything);
    if (is_recording)
        calls += call + "\n";
}
} // namespace emulation

// What only tests call.
API void emulation_register(const emulation::Kernel* kernel) { kernels()[kernel->name] = kernel; }

/// Sets "lazy", "reverse", "devices" (0: a driver with no GPU, −1: the toolkit's stub), or "memory" (MiB), which else come from
/// the environment.
API int emulation_set(const char* option, int value)
{
    emulation::Options& all = emulation::options();
    const std::map<std::string, int*> by_name = {{"lazy", &all.lazy}, {"reverse", &all.reverse},
        {"devices", &all.devices}, {"memory", &all.memory_mib},
        {"failing_allocation", &all.failing_allocation}};
    const auto found = by_name.find(option);
    return found == by_name.end() ? InvalidValue : (*found->second = value, Success);
}

/// Begins (1) or ends (0) the log of calls, empty at first.
API void emulation_record(int is_on)
{
    std::lock_guard lock(everything);
    is_recording = is_on;
    calls = is_on ? "" : calls;
}

/// The calls since the log began, a line each: the function's name, and a kernel's after that of its launch.
API const char* emulation_calls() { return calls.c_str(); }

/// Whether this was built with the address sanitizer.
API int emulation_is_sanitized() { return fence_bytes == 0; }

/// Goes back to the environment's options, and forgets a failed kernel, which a real context never does.
API void emulation_reset()
{
    std::lock_guard lock(everything);
    emulation::options() = options_of_environment();
    lasting_error = Success;
}

// Initialisation, device, errors.
API Result cuInit(unsigned)
{
    std::lock_guard lock(everything);
    emulation::record(__func__);
    if (emulation::options().devices <= 0)
        return emulation::options().devices == 0 ? NoDevice : StubLibrary;
    if (is_initialised)
        return Success;
    Dl_info self{};
    dladdr((void*)&cuInit, &self);
    std::string path = self.dli_fname;
    path = path.substr(0, path.rfind('/') + 1) + "libkernels.so";
    if (dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr)
        return fail(NotInitialised, dlerror());
    is_initialised = true;
    return Success;
}

API Result cuDriverGetVersion(int* version) { return *version = 13000, Success; }

API Result cuGetErrorName(Result result, const char** name)
{
    static const std::map<int, const char*> names = {{Success, "CUDA_SUCCESS"},
        {InvalidValue, "CUDA_ERROR_INVALID_VALUE"}, {OutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY"},
        {NotInitialised, "CUDA_ERROR_NOT_INITIALIZED"}, {StubLibrary, "CUDA_ERROR_STUB_LIBRARY"},
        {NoDevice, "CUDA_ERROR_NO_DEVICE"}, {InvalidDevice, "CUDA_ERROR_INVALID_DEVICE"},
        {InvalidImage, "CUDA_ERROR_INVALID_IMAGE"}, {InvalidContext, "CUDA_ERROR_INVALID_CONTEXT"},
        {InvalidHandle, "CUDA_ERROR_INVALID_HANDLE"}, {IllegalState, "CUDA_ERROR_ILLEGAL_STATE"},
        {NotFound, "CUDA_ERROR_NOT_FOUND"}, {NotReady, "CUDA_ERROR_NOT_READY"},
        {IllegalAddress, "CUDA_ERROR_ILLEGAL_ADDRESS"}, {LaunchFailed, "CUDA_ERROR_LAUNCH_FAILED"},
        {CaptureUnsupported, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED"},
        {CaptureInvalidated, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED"},
        {CaptureUnjoined, "CUDA_ERROR_STREAM_CAPTURE_UNJOINED"}, {CapturedEvent, "CUDA_ERROR_CAPTURED_EVENT"}};
    const auto found = names.find(result);
    *name = found == names.end() ? nullptr : found->second;
    return found == names.end() ? InvalidValue : Success;
}

/// The emulation's own words about the last failure, where a driver has a sentence for each code.
API Result cuGetErrorString(Result result, const char** text)
{
    static thread_local std::string last;
    last = result == Success ? "no error" : message;
    *text = last.c_str();
    return Success;
}

API Result cuDeviceGetCount(int* count) { ENTER return *count = 1, Success; }

API Result cuDeviceGet(int* device, int ordinal) { ENTER return *device = 0, ordinal == 0 ? Success : InvalidDevice; }

API Result cuDeviceGetName(char* name, int size, int)
{
    ENTER
    snprintf(name, size, "Emulated CUDA device");
    return Success;
}

API Result cuDeviceTotalMem_v2(size_t* bytes, int)
{
    ENTER
    return *bytes = emulation::options().memory_mib * mebibyte, Success;
}

API Result cuDeviceGetAttribute(int* value, int attribute, int)
{
    ENTER
    // threads, shared bytes and lanes of a block; multiprocessors; compute capability; shared bytes on request
    static const std::map<int, int> known = {
        {1, 1024}, {8, 49152}, {10, 32}, {16, 4}, {38, 50 << 20}, {39, 2048}, {75, 9}, {76, 0}, {97, 98304}, {115, 1}};
    const auto found = known.find(attribute);
    return *value = found == known.end() ? 0 : found->second, Success;
}

API Result cuDeviceGetUuid_v2(char* uuid, int)
{
    ENTER
    memcpy(uuid, "emulated-device-", 16);
    return Success;
}

API Result cuDeviceGetPCIBusId(char* id, int size, int)
{
    ENTER
    snprintf(id, size, "0000:00:00.0");
    return Success;
}

// The primary context.
API Result cuDevicePrimaryCtxRetain(void** context, int) { ENTER return *context = &primary, primary++, Success; }

API Result cuDevicePrimaryCtxRelease_v2(int)
{
    ENTER
    drain_all();
    return --primary < 0 ? fail(InvalidContext, "released more often than retained") : Success;
}

API Result cuDevicePrimaryCtxSetFlags_v2(int, unsigned) { ENTER return Success; }

API Result cuDevicePrimaryCtxGetState(int, unsigned* flags, int* is_active)
{
    ENTER
    return *flags = 0, *is_active = primary > 0, Success;
}

API Result cuCtxSetCurrent(void* context)
{
    ENTER
    if (context != nullptr && (context != &primary || primary <= 0))
        return fail(InvalidContext, "this context was not retained");
    return current_context = context, Success;
}

API Result cuCtxGetCurrent(void** context) { ENTER return *context = current_context, Success; }

API Result cuCtxPushCurrent_v2(void* context) { return cuCtxSetCurrent(context); }

API Result cuCtxPopCurrent_v2(void** context)
{
    ENTER_CONTEXT
    *context = current_context;
    return current_context = nullptr, Success;
}

API Result cuCtxGetDevice(int* device) { ENTER_CONTEXT return *device = 0, Success; }

API Result cuCtxSynchronize()
{
    ENTER_CONTEXT
    REFUSE_WHILE_CAPTURING
    drain_all();
    return lasting_error;
}

API Result cuProfilerStart() { ENTER return Success; }

API Result cuProfilerStop() { ENTER return Success; }
