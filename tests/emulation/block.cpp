// Runs the threads of a block as fibres, one after the other between barriers, and blocks on all cores. Shared memory
// holds NaN when a block begins. Threads that can never go on are reported with the lines they wait at.
#include "block.h"
#include <atomic>
#include <condition_variable>
#include <link.h>
#include <memory>
#include <mutex>
#include <sys/mman.h>
#include <thread>
#include <vector>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

// Saves the registers that a call must keep and the stack pointer, and goes on where `to` was saved.
extern "C" void switch_stack(void** from, void* to);
#ifndef __x86_64__
#error "the fibres' change of stack is written for x86-64 only"
#endif
asm(R"(
.text
.type switch_stack, @function
switch_stack:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
.size switch_stack, . - switch_stack
)");

namespace emulation
{
thread_local uint3 thread_index, block_index;
thread_local dim3 block_size, grid_size;

namespace
{
#ifdef __SANITIZE_ADDRESS__
constexpr size_t stack_bytes = 256 * 1024;
#else
constexpr size_t stack_bytes = 64 * 1024;
#endif

struct Fibre
{
    void* pointer = nullptr;
    char* stack;
    Fibre()
    {
        constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK;
        stack = (char*)mmap(nullptr, stack_bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
        mprotect(stack, 4096, PROT_NONE); // an overflow ends the process instead of going unseen
    }
};

enum class State { Fresh, AtBarrier, AtWarp, Done };

struct Thread
{
    State state;
    Fibre* fibre;
    unsigned mask;
    const char* file;
    int line;
};

/// Runs one block at a time; one for each worker.
struct Executor
{
    std::vector<std::unique_ptr<Fibre>> fibres;
    std::vector<Fibre*> idle;
    std::vector<Thread> threads;
    uint64_t brought[32][32], given[32][32]; // [warp][lane]
    unsigned next, current;
    Fibre* running;
    void* scheduler;
    const Kernel* kernel;
    void** arguments;
#ifdef __SANITIZE_ADDRESS__
    const void* own_stack = nullptr;
    size_t own_bytes = 0;
#endif

    unsigned in_order(unsigned i) const { return options().reverse ? threads.size() - 1 - i : i; }

    std::string run()
    {
        const unsigned count = block_size.x * block_size.y * block_size.z;
        threads.assign(count, {State::Fresh, nullptr, 0, "", 0});
        next = 0;
        idle.clear();
        for (const auto& fibre : fibres)
            idle.push_back(fibre.get());
        while (next < count)
            resume(take_fibre());
        for (;;)
        {
            std::vector<unsigned> ready = threads_that_can_go_on();
            if (ready.empty())
                break;
            for (unsigned thread : ready)
            {
                set_current(thread);
                resume(threads[thread].fibre);
            }
        }
        for (unsigned i = 0; i < count; i++)
            if (threads[i].state != State::Done)
                return "thread " + std::to_string(i) + " waits for ever at " + place(threads[i]);
        return "";
    }

    Fibre* take_fibre()
    {
        if (idle.empty())
        {
            fibres.push_back(std::make_unique<Fibre>());
            idle.push_back(fibres.back().get());
        }
        Fibre* fibre = idle.back();
        idle.pop_back();
        void** top = (void**)(fibre->stack + stack_bytes - 64);
        *--top = nullptr; // where a return address would be
        *--top = (void*)&run_threads;
        fibre->pointer = top - 6; // the six registers, whatever they hold
        return fibre;
    }

    /// What a fibre does: one thread after the other, until none is left to begin.
    static void run_threads();

    void begin_threads()
    {
        while (next < threads.size())
        {
            set_current(in_order(next++));
            kernel->call(kernel->function, arguments);
            threads[current].state = State::Done;
        }
    }

    void set_current(unsigned thread)
    {
        current = thread;
        thread_index = {thread % block_size.x, thread / block_size.x % block_size.y,
                        thread / (block_size.x * block_size.y)};
    }

    void resume(Fibre* fibre)
    {
        running = fibre;
#ifdef __SANITIZE_ADDRESS__
        void* fake;
        __sanitizer_start_switch_fiber(&fake, fibre->stack, stack_bytes);
#endif
        switch_stack(&scheduler, fibre->pointer);
#ifdef __SANITIZE_ADDRESS__
        __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
    }

    void to_scheduler()
    {
#ifdef __SANITIZE_ADDRESS__
        void* fake;
        __sanitizer_start_switch_fiber(&fake, own_stack, own_bytes);
#endif
        switch_stack(&running->pointer, scheduler);
#ifdef __SANITIZE_ADDRESS__
        __sanitizer_finish_switch_fiber(fake, &own_stack, &own_bytes);
#endif
    }

    void wait(State state, unsigned mask, const char* file, int line)
    {
        threads[current] = {state, running, mask, file, line};
        to_scheduler();
    }

    std::vector<unsigned> threads_that_can_go_on()
    {
        std::vector<unsigned> ready;
        bool all_at_barrier = true;
        for (const Thread& thread : threads)
            all_at_barrier &= thread.state == State::AtBarrier || thread.state == State::Done;
        for (unsigned i = 0; i < threads.size(); i++)
        {
            const unsigned thread = in_order(i);
            if (threads[thread].state == State::AtBarrier ? all_at_barrier
                : threads[thread].state == State::AtWarp  ? is_warp_ready(thread)
                                                          : false)
                ready.push_back(thread);
        }
        std::memcpy(given, brought, sizeof(given));
        return ready;
    }

    /// Whether all lanes of the thread's mask wait at the same line.
    bool is_warp_ready(unsigned thread) const
    {
        const unsigned first = thread / 32 * 32;
        for (unsigned lane = 0; lane < 32 && first + lane < threads.size(); lane++)
        {
            const Thread& other = threads[first + lane];
            const bool is_there = other.state == State::AtWarp && other.line == threads[thread].line;
            if (threads[thread].mask >> lane & 1 && !is_there)
                return false;
        }
        return true;
    }

    static std::string place(const Thread& thread)
    {
        return std::string(thread.file) + ":" + std::to_string(thread.line);
    }
};

Executor& executor()
{
    static thread_local Executor own;
    return own;
}

void Executor::run_threads()
{
    Executor& own = executor();
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(nullptr, &own.own_stack, &own.own_bytes);
#endif
    own.begin_threads();
    own.to_scheduler();
}

extern "C" void* __tls_get_addr(size_t*);

/// The thread's copy of the __shared__ variables of the library that holds the kernel: all its thread-locals are such.
struct SharedMemory
{
    const void* inside;
    size_t module = 0, bytes = 0;

    explicit SharedMemory(const void* inside) : inside(inside) { dl_iterate_phdr(find, this); }

    void poison() const
    {
        size_t first[2] = {module, 0};
        if (bytes > 0)
            std::memset(__tls_get_addr(first), 0xff, bytes);
    }

    static int find(dl_phdr_info* library, size_t, void* self)
    {
        auto* memory = (SharedMemory*)self;
        bool holds = false;
        size_t bytes = 0;
        for (int i = 0; i < library->dlpi_phnum; i++)
        {
            const ElfW(Phdr)& part = library->dlpi_phdr[i];
            holds |= part.p_type == PT_LOAD
                && (uintptr_t)memory->inside - library->dlpi_addr - part.p_vaddr < part.p_memsz;
            bytes = part.p_type == PT_TLS ? part.p_memsz : bytes;
        }
        if (holds)
        {
            memory->module = library->dlpi_tls_modid;
            memory->bytes = bytes;
        }
        return holds;
    }
};

/// Threads that sleep until there is work: a team of OpenMP's waits by spinning, which a shared machine cannot spare.
struct Workers
{
    std::mutex mutex;
    std::condition_variable begin, end;
    const std::function<void(long long)>* body = nullptr;
    std::atomic<long long> next = 0;
    long long count = 0;
    unsigned round = 0;
    int busy = 0;

    Workers()
    {
        for (unsigned i = 1; i < std::thread::hardware_concurrency(); i++)
            std::thread([this] { serve(); }).detach();
    }

    void work()
    {
        for (long long i = next++; i < count; i = next++)
            (*body)(i);
    }

    void serve()
    {
        std::unique_lock lock(mutex);
        for (unsigned seen = 0;;)
        {
            begin.wait(lock, [&] { return round != seen; });
            seen = round;
            if (body == nullptr)
                continue; // it is done already
            busy++;
            lock.unlock();
            work();
            lock.lock();
            if (--busy == 0)
                end.notify_one();
        }
    }

    void run(long long all, const std::function<void(long long)>& what)
    {
        std::unique_lock lock(mutex);
        body = &what;
        count = all;
        next = 0;
        round++;
        lock.unlock();
        begin.notify_all();
        work();
        lock.lock();
        end.wait(lock, [&] { return busy == 0; });
        body = nullptr;
    }
};
} // namespace

void parallel_for(long long count, const std::function<void(long long)>& body)
{
    static Workers* workers = new Workers; // for the process's life, since its threads never end
    static std::mutex one_at_a_time;
    if (count == 1)
        return body(0);
    std::lock_guard lock(one_at_a_time);
    workers->run(count, body);
}

std::string run_grid(const Kernel& kernel, dim3 grid, dim3 block, void** arguments)
{
    const SharedMemory shared((const void*)kernel.function);
    const long long blocks = (long long)grid.x * grid.y * grid.z;
    std::string error;
    std::mutex mutex;
    parallel_for(blocks, [&](long long i) {
        const long long b = options().reverse ? blocks - 1 - i : i;
        grid_size = grid;
        block_size = block;
        block_index = {unsigned(b % grid.x), unsigned(b / grid.x % grid.y), unsigned(b / grid.x / grid.y)};
        shared.poison();
        Executor& own = executor();
        own.kernel = &kernel;
        own.arguments = arguments;
        const std::string wrong = own.run();
        if (!wrong.empty())
        {
            std::lock_guard lock(mutex);
            error = kernel.name + (", block " + std::to_string(b)) + ": " + wrong;
        }
    });
    return error;
}

void synchronise_block(const char* file, int line) { executor().wait(State::AtBarrier, 0, file, line); }

const uint64_t* exchange(unsigned mask, uint64_t value, const char* file, int line)
{
    Executor& own = executor();
    const unsigned warp = own.current / 32, lane = own.current % 32;
    own.brought[warp][lane] = value;
    own.wait(State::AtWarp, mask, file, line);
    return own.given[warp];
}
} // namespace emulation
