// What the files of the stand-in driver share: its state, which is the process's, and what every call begins with.
#pragma once
#include "block.h"
#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>
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
    if (is_refused_by_capture()) \
        return spoil_captures(__func__);

namespace emulation::driver
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
    int mode = 0; // whose forbidden calls spoil the capture: 0 those of any thread, 1 those of the capturing one
    std::thread::id thread = {};
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

constexpr size_t mebibyte = 1 << 20;
#ifdef __SANITIZE_ADDRESS__
constexpr size_t fence_bytes = 0; // the sanitizer has fences of its own
#else
constexpr size_t fence_bytes = 256;
#endif

extern std::recursive_mutex everything;
extern bool is_initialised;
extern int primary; // how often the primary context is retained
extern thread_local void* current_context;
extern Result lasting_error; // after a failed kernel the context is lost, as on a GPU
extern std::map<uintptr_t, size_t> memory;
extern std::set<void*> host_memory;
extern Stream default_stream;
extern std::set<Stream*> streams;
extern std::set<Graph*> captures;

/// Notes why a call fails, for cuGetErrorString.
Result fail(Result result, const std::string& why);

/// The registered kernels by name.
std::map<std::string, const Kernel*>& kernels();

/// What was overrun since the last call, or nothing.
std::string broken_fence();

Stream* stream_of(void* handle);

/// Does a stream's work up to a place in its order.
void drain(Stream* stream, uint64_t place);

void drain_all();

/// Gives work to a stream, or to the graph that it is being captured into.
void submit(Stream* stream, Work work);

/// Whether a stream is being captured and this thread may not do what would spoil it.
bool is_refused_by_capture();

/// A call that a real driver refuses while a stream is being captured; the capture is lost.
Result spoil_captures(const char* function);
} // namespace emulation::driver
