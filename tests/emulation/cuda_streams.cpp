// The stand-in driver's streams, events and graphs. A graph's launch replays the captured work in its order.
#include "driver.h"
#include <algorithm>

namespace emulation::driver
{
Stream default_stream;
std::set<Stream*> streams{&default_stream};
std::set<Graph*> captures;

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

static bool is_of_this_thread(const Graph& graph)
{
    return graph.mode == 0 || graph.thread == std::this_thread::get_id();
}

bool is_refused_by_capture()
{
    return std::any_of(captures.begin(), captures.end(), [](Graph* graph) { return is_of_this_thread(*graph); });
}

Result spoil_captures(const char* function)
{
    for (Graph* graph : captures)
        graph->is_spoiled |= is_of_this_thread(*graph);
    return fail(CaptureUnsupported, std::string(function) + " is refused while a stream is being captured");
}
} // namespace emulation::driver

using namespace emulation::driver;

namespace emulation
{
void on_stream(void* stream, Work work)
{
    std::lock_guard lock(everything);
    submit(stream_of(stream), std::move(work));
}
} // namespace emulation

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
    REFUSE_WHILE_CAPTURING
    if (event->stream != nullptr)
        drain(event->stream, event->place);
    return lasting_error;
}

API Result cuEventQuery(Event* event)
{
    ENTER_CONTEXT
    if (event->capture != nullptr)
        return spoil_captures(__func__), fail(CapturedEvent, "the event was recorded in a capture");
    REFUSE_WHILE_CAPTURING
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

API Result cuStreamBeginCapture_v2(void* stream, int mode)
{
    ENTER_CONTEXT
    Stream* origin = stream_of(stream);
    if (origin == &default_stream)
        return fail(CaptureUnsupported, "the default stream cannot be captured");
    if (origin->capture != nullptr)
        return fail(IllegalState, "the stream is being captured already");
    origin->capture = new Graph{.nodes = {}, .mode = mode, .thread = std::this_thread::get_id()};
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
