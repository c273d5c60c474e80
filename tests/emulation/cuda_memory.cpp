// The stand-in driver's memory, copies and fills. New memory holds NaN, and so do the fences around every allocation.
#include "driver.h"
#include <cstdlib>

namespace emulation::driver
{
std::map<uintptr_t, size_t> memory;
std::set<void*> host_memory;

namespace
{
size_t used_bytes;

/// Sets the bytes around an allocation to a pattern of NaNs: a read there spoils a result, a write is found.
void put_fences(uintptr_t address, size_t bytes)
{
    memset((void*)(address - fence_bytes), 0xfe, fence_bytes);
    memset((void*)(address + bytes), 0xfe, fence_bytes);
}

} // namespace

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
} // namespace emulation::driver

using namespace emulation::driver;

namespace
{
Result copy(void* to, const void* from, size_t bytes, Stream* stream, bool to_device, bool from_device)
{
    if (to_device && !emulation::is_on_device(to, bytes))
        return fail(InvalidValue, "a copy ends outside any device allocation");
    if (from_device && !emulation::is_on_device(from, bytes))
        return fail(InvalidValue, "a copy begins outside any device allocation");
    submit(stream, [=] { memmove(to, from, bytes); });
    return lasting_error;
}

/// Whether an allocation is the one that was asked to fail; counts it.
bool is_to_fail()
{
    int& countdown = emulation::options().failing_allocation;
    return countdown > 0 && --countdown == 0;
}

template <typename T> Result set_memory(uintptr_t address, T value, size_t count, void* stream)
{
    if (!emulation::is_on_device((void*)address, count * sizeof(T)))
        return fail(InvalidValue, "a fill leaves every device allocation");
    submit(stream_of(stream), [=] { std::fill_n((T*)address, count, value); });
    return lasting_error;
}
} // namespace

namespace emulation
{
bool is_on_device(const void* address, size_t bytes)
{
    std::lock_guard lock(everything);
    auto after = memory.upper_bound((uintptr_t)address);
    if (after == memory.begin())
        return false;
    const auto& [first, size] = *--after;
    return (uintptr_t)address + bytes <= first + size;
}
} // namespace emulation

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
    if (is_to_fail() || !fits || posix_memalign(&block, 256, bytes + 2 * fence_bytes) != 0)
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
    if (is_to_fail() || posix_memalign(address, 4096, bytes) != 0)
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

API Result cuMemHostRegister_v2(void*, size_t, unsigned) { ENTER_CONTEXT REFUSE_WHILE_CAPTURING return Success; }

API Result cuMemHostUnregister(void*) { ENTER_CONTEXT REFUSE_WHILE_CAPTURING return Success; }

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
