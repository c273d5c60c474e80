// libcuda.so.1 for machines with no GPU: one device, one primary context, and the driver API's functions that the
// engine uses, over the emulated kernels in libkernels.so beside it. It is as strict as a GPU, or stricter:
// EMULATION_LAZY=1 does the work of a stream only when somebody waits for it, which shows missing synchronisation.
#include "block.h"
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#define API extern "C" __attribute__((visibility("default")))
#define ENTER \
    std::lock_guard lock(everything); \
    emulation::record(__func__); \
    if (!is_initialised) \
        return NotInitialised;
#define ENTER_CONTEXT \
    ENTER \
    if (current_context == nullptr) \
        return fail(InvalidContext, "no context is current on this thread"); \
    if (lasting_error != Success) \
        return lasting_error;
#define REFUSE_WHILE_CAPTURING \
    if (!captures.empty()) \
        return spoil_captures(__func__);

namespace
{
enum Result
{
    Success, InvalidValue, OutOfMemory, NotInitialised, StubLibrary = 34, NoDevice = 100, InvalidDevice = 101,
    InvalidImage = 200, InvalidContext = 201, InvalidHandle = 400, IllegalState = 401, NotFound = 500, NotReady = 600,
    IllegalAddress = 700, LaunchFailed = 719, CaptureUnsupported = 900, CaptureInvalidated = 901, CaptureUnjoined = 904,
    CapturedEvent = 907,
};

typedef std::function<void()> Work;

struct Graph
{
    std::vector<Work> nodes; // in the order of capture, which respects every dependency
    bool is_spoiled = false;
};

struct Stream
{
    std::deque<Work> queue;
    uint64_t given = 0, done = 0;
    Graph* capture = nullptr;
    bool is_origin = false;
    size_t unjoined = 0; // nodes that the origin has not waited for yet
};

struct Event
{
    Stream* stream = nullptr;
    uint64_t place = 0;
    Graph* capture = nullptr;
    size_t captured_nodes = 0;
    std::chrono::steady_clock::time_point time;
};

struct Module
{
    std::string image;
};

constexpr size_t mebibyte = 1 << 20;
#ifdef __SANITIZE_ADDRESS__
constexpr size_t fence_bytes = 0; // the sanitizer has fences of its own
#else
constexpr size_t fence_bytes = 256;
#endif

std::recursive_mutex everything;
bool is_initialised;
int primary;
thread_local void* current_context;
Result lasting_error; // after a failed kernel the context is lost, as on a GPU
std::string message = "no error";
std::map<uintptr_t, size_t> memory;
size_t used_bytes;
std::set<void*> host_memory;
Stream default_stream;
std::set<Stream*> streams{&default_stream};
std::set<Graph*> captures;
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
            from_environment("EMULATION_DEVICES", 1), from_environment("EMULATION_MEMORY_MIB", 16384),
            from_environment("EMULATION_CUDNN_VERSION", 91200)};
}

/// Sets the bytes around an allocation to a pattern of NaNs: a read there spoils a result, a write is found.
void put_fences(uintptr_t address, size_t bytes)
{
    memset((void*)(address - fence_bytes), 0xfe, fence_bytes);
    memset((void*)(address + bytes), 0xfe, fence_bytes);
}

/// What was overrun since the last call, or nothing.
std::string broken_fence()
{
    for (const auto& [address, bytes] : memory)
        for (size_t i = 0; i < fence_bytes; i++)
        {
            const auto *before = (unsigned char*)address - fence_bytes, *after = (unsigned char*)address + bytes;
            if (before[i] != 0xfe || after[i] != 0xfe)
            {
                put_fences(address, bytes);
                return "something was written outside an allocation of " + std::to_string(bytes) + " bytes";
            }
        }
    return "";
}

Stream* stream_of(void* handle) { return handle == nullptr ? &default_stream : (Stream*)handle; }

void drain(Stream* stream, uint64_t place)
{
    while (stream->done < place && !stream->queue.empty())
    {
        const Work work = std::move(stream->queue.front());
        stream->queue.pop_front();
        stream->done++;
        work();
    }
}

void drain_all()
{
    for (Stream* stream : streams)
        drain(stream, stream->given);
}

void submit(Stream* stream, Work work)
{
    if (stream->capture != nullptr)
    {
        stream->capture->nodes.push_back(std::move(work));
        stream->unjoined = stream->is_origin ? 0 : stream->capture->nodes.size();
        return;
    }
    stream->queue.push_back(std::move(work));
    stream->given++;
    if (!emulation::options().lazy)
        drain(stream, stream->given);
}

/// A call that a real driver refuses while a stream is being captured; the capture is lost.
Result spoil_captures(const char* function)
{
    for (Graph* graph : captures)
        graph->is_spoiled = true;
    return fail(CaptureUnsupported, std::string(function) + " is refused while a stream is being captured");
}

Result copy(void* to, const void* from, size_t bytes, Stream* stream, bool to_device, bool from_device)
{
    if (to_device && !emulation::is_on_device(to, bytes))
        return fail(InvalidValue, "a copy ends outside any device allocation");
    if (from_device && !emulation::is_on_device(from, bytes))
        return fail(InvalidValue, "a copy begins outside any device allocation");
    submit(stream, [=] { memmove(to, from, bytes); });
    return lasting_error;
}

template <typename T> Result set_memory(uintptr_t address, T value, size_t count, void* stream)
{
    if (!emulation::is_on_device((void*)address, count * sizeof(T)))
        return fail(InvalidValue, "a fill leaves every device allocation");
    submit(stream_of(stream), [=] { std::fill_n((T*)address, count, value); });
    return lasting_error;
}

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

namespace emulation
{
Options& options()
{
    static Options all = options_of_environment();
    return all;
}

void on_stream(void* stream, Work work)
{
    std::lock_guard lock(everything);
    submit(stream_of(stream), std::move(work));
}

bool is_on_device(const void* address, size_t bytes)
{
    std::lock_guard lock(everything);
    auto after = memory.upper_bound((uintptr_t)address);
    if (after == memory.begin())
        return false;
    const auto& [first, size] = *--after;
    return (uintptr_t)address + bytes <= first + size;
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

/// Sets "lazy", "reverse", "devices" (0: a driver with no GPU, −1: the toolkit's stub), "memory" (MiB) or "cudnn" (its
/// version), which else come from the environment.
API int emulation_set(const char* option, int value)
{
    emulation::Options& all = emulation::options();
    const std::map<std::string, int*> by_name = {{"lazy", &all.lazy}, {"reverse", &all.reverse},
        {"devices", &all.devices}, {"memory", &all.memory_mib}, {"cudnn", &all.cudnn_version}};
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

// Memory. New memory holds NaN.
API Result cuMemGetInfo_v2(size_t* free, size_t* total)
{
    ENTER_CONTEXT
    *total = emulation::options().memory_mib * mebibyte;
    return *free = *total - used_bytes, Success;
}

API Result cuMemAlloc_v2(uintptr_t* address, size_t bytes)
{
    ENTER_CONTEXT
    REFUSE_WHILE_CAPTURING
    if (bytes == 0)
        return fail(InvalidValue, "an allocation of no bytes");
    void* block = nullptr;
    const bool fits = used_bytes + bytes <= emulation::options().memory_mib * mebibyte;
    if (!fits || posix_memalign(&block, 256, bytes + 2 * fence_bytes) != 0)
        return fail(OutOfMemory, "no room for " + std::to_string(bytes) + " bytes");
    *address = (uintptr_t)block + fence_bytes;
    memset((void*)*address, 0xff, bytes);
    put_fences(*address, bytes);
    memory[*address] = bytes;
    used_bytes += bytes;
    return Success;
}

API Result cuMemFree_v2(uintptr_t address)
{
    ENTER_CONTEXT
    REFUSE_WHILE_CAPTURING
    drain_all(); // as the driver does
    const auto found = memory.find(address);
    if (found == memory.end())
        return address == 0 ? Success : fail(InvalidValue, "no device allocation begins at this address");
    used_bytes -= found->second;
    memory.erase(found);
    free((void*)(address - fence_bytes));
    return Success;
}

API Result cuMemHostAlloc(void** address, size_t bytes, unsigned)
{
    ENTER_CONTEXT
    REFUSE_WHILE_CAPTURING
    if (posix_memalign(address, 4096, bytes) != 0)
        return fail(OutOfMemory, "no pinned memory left");
    host_memory.insert(*address);
    return Success;
}

API Result cuMemAllocHost_v2(void** address, size_t bytes) { return cuMemHostAlloc(address, bytes, 0); }

API Result cuMemFreeHost(void* address)
{
    ENTER_CONTEXT
    REFUSE_WHILE_CAPTURING
    drain_all();
    if (host_memory.erase(address) == 0)
        return fail(InvalidValue, "no pinned allocation begins at this address");
    free(address);
    return Success;
}

API Result cuMemHostRegister_v2(void*, size_t, unsigned) { ENTER_CONTEXT return Success; }

API Result cuMemHostUnregister(void*) { ENTER_CONTEXT return Success; }

// Copies and fills. Those with no stream wait for the default one, which no non-blocking stream waits for.
API Result cuMemcpyHtoD_v2(uintptr_t to, const void* from, size_t bytes)
{
    ENTER_CONTEXT
    REFUSE_WHILE_CAPTURING
    const Result result = copy((void*)to, from, bytes, &default_stream, true, false);
    drain(&default_stream, default_stream.given);
    return result;
}

API Result cuMemcpyDtoH_v2(void* to, uintptr_t from, size_t bytes)
{
    ENTER_CONTEXT
    REFUSE_WHILE_CAPTURING
    const Result result = copy(to, (void*)from, bytes, &default_stream, false, true);
    drain(&default_stream, default_stream.given);
    return result;
}

API Result cuMemcpyDtoD_v2(uintptr_t to, uintptr_t from, size_t bytes)
{
    ENTER_CONTEXT
    REFUSE_WHILE_CAPTURING
    return copy((void*)to, (void*)from, bytes, &default_stream, true, true);
}

API Result cuMemcpyHtoDAsync_v2(uintptr_t to, const void* from, size_t bytes, void* stream)
{
    ENTER_CONTEXT
    return copy((void*)to, from, bytes, stream_of(stream), true, false);
}

API Result cuMemcpyDtoHAsync_v2(void* to, uintptr_t from, size_t bytes, void* stream)
{
    ENTER_CONTEXT
    return copy(to, (void*)from, bytes, stream_of(stream), false, true);
}

API Result cuMemcpyDtoDAsync_v2(uintptr_t to, uintptr_t from, size_t bytes, void* stream)
{
    ENTER_CONTEXT
    return copy((void*)to, (void*)from, bytes, stream_of(stream), true, true);
}

API Result cuMemsetD8Async(uintptr_t to, unsigned char value, size_t count, void* stream)
{
    ENTER_CONTEXT
    return set_memory(to, value, count, stream);
}

API Result cuMemsetD16Async(uintptr_t to, unsigned short value, size_t count, void* stream)
{
    ENTER_CONTEXT
    return set_memory(to, value, count, stream);
}

API Result cuMemsetD32Async(uintptr_t to, unsigned value, size_t count, void* stream)
{
    ENTER_CONTEXT
    return set_memory(to, value, count, stream);
}

// Modules. An image stands for the emulated kernels; a kernel that PTX with entries does not name is not found.
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

// Streams and events.
API Result cuStreamCreate(void** stream, unsigned)
{
    ENTER_CONTEXT
    auto* made = new Stream;
    streams.insert(made);
    return *stream = made, Success;
}

API Result cuStreamCreateWithPriority(void** stream, unsigned flags, int) { return cuStreamCreate(stream, flags); }

API Result cuStreamDestroy_v2(void* stream)
{
    ENTER_CONTEXT
    drain(stream_of(stream), stream_of(stream)->given);
    captures.erase(stream_of(stream)->capture);
    streams.erase((Stream*)stream);
    delete (Stream*)stream;
    return Success;
}

API Result cuStreamSynchronize(void* stream)
{
    ENTER_CONTEXT
    if (stream_of(stream)->capture != nullptr)
        return spoil_captures(__func__);
    drain(stream_of(stream), stream_of(stream)->given);
    return lasting_error;
}

API Result cuStreamQuery(void* stream)
{
    ENTER_CONTEXT
    if (stream_of(stream)->capture != nullptr)
        return spoil_captures(__func__);
    return stream_of(stream)->done == stream_of(stream)->given ? Success : NotReady;
}

API Result cuStreamWaitEvent(void* stream, Event* event, unsigned)
{
    ENTER_CONTEXT
    Stream *to = stream_of(stream), *from = event->stream;
    if (event->capture != nullptr)
    {
        if (to->capture == nullptr) // the stream joins the capture
            to->capture = event->capture;
        if (to->is_origin && event->captured_nodes >= from->unjoined)
            from->unjoined = 0;
        return Success;
    }
    if (to->capture != nullptr)
        return spoil_captures(__func__), fail(CapturedEvent, "a captured stream waits for an event from elsewhere");
    if (from != nullptr)
        submit(to, [from, place = event->place] { drain(from, place); });
    return Success;
}

API Result cuEventCreate(Event** event, unsigned) { ENTER_CONTEXT return *event = new Event, Success; }

API Result cuEventDestroy_v2(Event* event)
{
    ENTER_CONTEXT
    drain_all();
    delete event;
    return Success;
}

API Result cuEventRecord(Event* event, void* stream)
{
    ENTER_CONTEXT
    Stream* on = stream_of(stream);
    event->stream = on;
    event->capture = on->capture;
    if (on->capture != nullptr)
        event->captured_nodes = on->capture->nodes.size();
    else
    {
        event->place = on->given + 1;
        submit(on, [=] { event->time = std::chrono::steady_clock::now(); });
    }
    return Success;
}

API Result cuEventRecordWithFlags(Event* event, void* stream, unsigned) { return cuEventRecord(event, stream); }

API Result cuEventSynchronize(Event* event)
{
    ENTER_CONTEXT
    if (event->capture != nullptr)
        return spoil_captures(__func__), fail(CapturedEvent, "the event was recorded in a capture");
    if (event->stream != nullptr)
        drain(event->stream, event->place);
    return lasting_error;
}

API Result cuEventQuery(Event* event)
{
    ENTER_CONTEXT
    if (event->capture != nullptr)
        return spoil_captures(__func__), fail(CapturedEvent, "the event was recorded in a capture");
    return event->stream == nullptr || event->stream->done >= event->place ? Success : NotReady;
}

API Result cuEventElapsedTime(float* milliseconds, Event* begin, Event* end)
{
    ENTER_CONTEXT
    if (begin->stream == nullptr || end->stream == nullptr)
        return fail(InvalidHandle, "an event was never recorded");
    if (end->stream->done < end->place)
        return NotReady;
    *milliseconds = std::chrono::duration<float, std::milli>(end->time - begin->time).count();
    return Success;
}

API Result cuEventElapsedTime_v2(float* milliseconds, Event* begin, Event* end)
{
    return cuEventElapsedTime(milliseconds, begin, end);
}

// Graphs. A launch replays the captured work in its order.
API Result cuStreamBeginCapture_v2(void* stream, int)
{
    ENTER_CONTEXT
    Stream* origin = stream_of(stream);
    if (origin == &default_stream)
        return fail(CaptureUnsupported, "the default stream cannot be captured");
    if (origin->capture != nullptr)
        return fail(IllegalState, "the stream is being captured already");
    origin->capture = new Graph;
    origin->is_origin = true;
    captures.insert(origin->capture);
    return Success;
}

API Result cuStreamEndCapture(void* stream, Graph** graph)
{
    ENTER_CONTEXT
    Stream* origin = stream_of(stream);
    Graph* captured = origin->capture;
    *graph = nullptr;
    if (captured == nullptr || !origin->is_origin)
        return fail(IllegalState, "the stream began no capture");
    bool is_joined = true;
    for (Stream* other : streams)
        if (other->capture == captured)
        {
            is_joined &= other->unjoined == 0;
            other->capture = nullptr;
            other->unjoined = 0;
            other->is_origin = false;
        }
    captures.erase(captured);
    if (captured->is_spoiled || !is_joined)
    {
        const Result result = captured->is_spoiled ? CaptureInvalidated : CaptureUnjoined;
        delete captured;
        return fail(result, is_joined ? "a call was refused during the capture" : "a forked stream never joined again");
    }
    return *graph = captured, Success;
}

API Result cuStreamIsCapturing(void* stream, int* status)
{
    ENTER_CONTEXT
    const Graph* capture = stream_of(stream)->capture;
    return *status = capture == nullptr ? 0 : capture->is_spoiled ? 2 : 1, Success;
}

API Result cuThreadExchangeStreamCaptureMode(int*) { ENTER return Success; }

API Result cuGraphGetNodes(Graph* graph, void** nodes, size_t* count)
{
    ENTER_CONTEXT
    if (nodes != nullptr)
        return fail(InvalidValue, "the emulation only counts nodes");
    return *count = graph->nodes.size(), Success;
}

API Result cuGraphInstantiateWithFlags(Graph** instance, Graph* graph, unsigned long long)
{
    ENTER_CONTEXT
    return *instance = new Graph(*graph), Success;
}

API Result cuGraphUpload(Graph*, void*) { ENTER_CONTEXT return Success; }

API Result cuGraphLaunch(Graph* instance, void* stream)
{
    ENTER_CONTEXT
    submit(stream_of(stream), [nodes = instance->nodes] {
        for (const Work& node : nodes)
            node();
    });
    return lasting_error;
}

API Result cuGraphDestroy(Graph* graph)
{
    ENTER_CONTEXT
    delete graph;
    return Success;
}

API Result cuGraphExecDestroy(Graph* instance)
{
    ENTER_CONTEXT
    drain_all();
    delete instance;
    return Success;
}

API Result cuProfilerStart() { ENTER return Success; }

API Result cuProfilerStop() { ENTER return Success; }
