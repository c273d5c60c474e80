using System.Runtime.InteropServices;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda.Kernels;

/// <summary>
/// What the emulation catches: planted faults in kernels and in what the host forgets, and calls that a driver refuses
/// while a stream is captured. Not beside other tests, since a driver's state is the process's.
/// </summary>
[NonParallelizable]
public sealed unsafe class EmulationTests
{
    private const int Count = 64;
    private const int IllegalState = 401;
    private const int LaunchFailed = 719;
    private const int CaptureUnsupported = 900;
    private const int CaptureInvalidated = 901;
    private const int CaptureUnjoined = 904;
    private const int CapturedEvent = 907;

    private readonly Dictionary<string, nint> _kernels = [];
    private Emulation _emulation = null!;
    private DriverMemory _x = null!;
    private DriverMemory _y = null!;
    private nint _stream;

    [SetUp]
    public void SetUp()
    {
        _emulation = Emulation.Require();
        _emulation.Set("lazy", 0);
        _emulation.Set("reverse", 0);
        float[] values = [.. Enumerable.Range(0, Count).Select(i => (float)i)];
        _x = DriverMemory.Of(_emulation, MemoryMarshal.AsBytes<float>(values).ToArray());
        _y = new DriverMemory(_emulation, Count * sizeof(float), 0);
        _stream = NewStream();
        string[] planted = ["nothing", "missing_barrier", "overrun", "lonely_shuffle"];
        foreach (string fault in planted)
        {
            _kernels[$"planted_{fault}"] = _emulation.Kernel($"planted_{fault}");
        }
    }

    [TearDown]
    public void TearDown()
    {
        if (_emulation is not null)
        {
            _emulation.Call("emulation_reset");
            _emulation.Check("cuStreamDestroy_v2", _stream);
            _x.Dispose();
            _y.Dispose();
        }
    }

    [Test]
    public void MissingBarrier_InEitherOrderOfThreads_SpoilsTheResult([Values] bool isReversed)
    {
        _emulation.Set("reverse", isReversed ? 1 : 0);
        Launch("planted_nothing");
        Assert.That(Result(), Is.EqualTo(Enumerable.Range(0, Count).Select(i => (float)(Count - 1 - i))));
        Launch("planted_missing_barrier");
        Assert.That(Result(), Has.Some.NaN);
    }

    [Test]
    public void WriteOutsideAnAllocation_OfAKernel_IsNamed()
    {
        bool isExpected = Environment.GetEnvironmentVariable("EMULATION_PLANTED") is not null;
        if (!isExpected && _emulation.Call("emulation_is_sanitized") != 0)
        {
            Assert.Ignore("the address sanitizer finds it first and ends the process: run.sh sees to it");
        }

        Assert.That(Launch("planted_overrun"), Is.EqualTo(LaunchFailed));
        Assert.That(_emulation.Message(LaunchFailed), Does.Contain("planted_overrun").And.Contain("outside"));
    }

    [Test]
    public void Shuffle_WithLanesThatHaveEnded_IsReportedWithItsLine()
    {
        Assert.That(Launch("planted_lonely_shuffle"), Is.EqualTo(LaunchFailed));
        Assert.That(_emulation.Message(LaunchFailed), Does.Match(@"waits for ever at .*planted\.cu:\d+"));
    }

    [Test]
    public void Read_OfAStreamThatWasNotWaitedFor_FindsOldNumbersWhenStreamsAreLazy()
    {
        _emulation.Set("lazy", 1);
        Launch("planted_nothing");
        Assert.That(Result(), Is.All.Zero, "the launch is still to be done");
        _emulation.Check("cuStreamSynchronize", _stream);
        Assert.That(Result(), Has.Some.Not.Zero);
    }

    [Test]
    public void StreamThatWaitsForAnEvent_WhenStreamsAreLazy_SeesWhatCameBeforeIt()
    {
        _emulation.Set("lazy", 1);
        nint other = NewStream(), recorded;
        using DriverMemory copy = new(_emulation, Count * sizeof(float), 0);
        _emulation.Check("cuEventCreate", (nint)(&recorded), 0);
        Launch("planted_nothing");
        _emulation.Check("cuEventRecord", recorded, _stream);
        _emulation.Check("cuStreamWaitEvent", other, recorded, 0);
        _emulation.Check("cuMemcpyDtoDAsync_v2", copy.Address, _y.Address, (nint)copy.Bytes, other);
        _emulation.Check("cuStreamSynchronize", other);
        Assert.That(copy.Read(), Is.EqualTo(_y.Read()).And.Some.Not.Zero);
        _emulation.Check("cuEventDestroy_v2", recorded);
        _emulation.Check("cuStreamDestroy_v2", other);
    }

    [Test]
    public void Graph_LaunchedAgain_ReadsWhatIsInMemoryThen()
    {
        nint graph, instance;
        _emulation.Check("cuStreamBeginCapture_v2", _stream, 1);
        Launch("planted_nothing");
        _emulation.Check("cuStreamEndCapture", _stream, (nint)(&graph));
        Assert.That(Result(), Is.All.Zero, "capturing computes nothing");
        _emulation.Check("cuGraphInstantiateWithFlags", (nint)(&instance), graph, 0);
        _emulation.Check("cuMemsetD32Async", _x.Address, BitConverter.SingleToInt32Bits(7), Count, _stream);
        nint ready = instance;
        string[] calls = _emulation.Record(() => _emulation.Check("cuGraphLaunch", ready, _stream));
        Assert.That(calls, Is.EqualTo(new[] { "cuGraphLaunch" }));
        _emulation.Check("cuStreamSynchronize", _stream);
        Assert.That(Result(), Is.All.EqualTo(7));
        _emulation.Check("cuGraphExecDestroy", instance);
        _emulation.Check("cuGraphDestroy", graph);
    }

    [TestCase("cuStreamSynchronize")]
    [TestCase("cuStreamQuery")]
    [TestCase("cuCtxSynchronize")]
    [TestCase("cuEventSynchronize")]
    [TestCase("cuEventQuery")]
    [TestCase("cuMemAlloc_v2")]
    [TestCase("cuMemFree_v2")]
    [TestCase("cuMemHostAlloc")]
    [TestCase("cuMemAllocHost_v2")]
    [TestCase("cuMemFreeHost")]
    [TestCase("cuMemHostRegister_v2")]
    [TestCase("cuMemHostUnregister")]
    [TestCase("cuMemcpyHtoD_v2")]
    [TestCase("cuMemcpyDtoH_v2")]
    [TestCase("cuMemcpyDtoD_v2")]
    [TestCase("cuModuleLoadData")]
    [TestCase("cuModuleLoadDataEx")]
    public void Capture_AfterACallThatADriverRefuses_IsLost(string function)
    {
        nint graph, result, reached;
        _emulation.Check("cuEventCreate", (nint)(&reached), 0);
        _emulation.Check("cuStreamBeginCapture_v2", _stream, 1);
        nint[] arguments = function switch
        {
            "cuStreamSynchronize" or "cuStreamQuery" => [_stream],
            "cuCtxSynchronize" => [],
            "cuEventSynchronize" or "cuEventQuery" => [reached],
            "cuMemAlloc_v2" or "cuMemHostAlloc" or "cuMemAllocHost_v2" => [(nint)(&result), 16],
            "cuMemFree_v2" => [_x.Address],
            "cuMemcpyHtoD_v2" => [_x.Address, (nint)(&result), sizeof(nint)],
            "cuMemcpyDtoH_v2" => [(nint)(&result), _x.Address, sizeof(nint)],
            "cuMemcpyDtoD_v2" => [_x.Address, _y.Address, sizeof(nint)],
            _ => [(nint)(&result), (nint)(&result)],
        };
        Assert.That(_emulation.Call(function, arguments), Is.EqualTo(CaptureUnsupported));
        Assert.That(_emulation.Call("cuStreamEndCapture", _stream, (nint)(&graph)), Is.EqualTo(CaptureInvalidated));
        Launch("planted_nothing");
        _emulation.Check("cuStreamSynchronize", _stream);
        Assert.That(Result(), Has.Some.Not.Zero, "the stream goes on");
        _emulation.Check("cuEventDestroy_v2", reached);
    }

    [TestCase("cuEventSynchronize")]
    [TestCase("cuEventQuery")]
    public void EventRecordedInACapture_WaitedForByTheHost_IsRefused(string function)
    {
        nint graph, captured;
        _emulation.Check("cuEventCreate", (nint)(&captured), 0);
        _emulation.Check("cuStreamBeginCapture_v2", _stream, 1);
        _emulation.Check("cuEventRecord", captured, _stream);
        Assert.That(_emulation.Call(function, captured), Is.EqualTo(CapturedEvent));
        Assert.That(_emulation.Call("cuStreamEndCapture", _stream, (nint)(&graph)), Is.EqualTo(CaptureInvalidated));
        _emulation.Check("cuEventDestroy_v2", captured);
    }

    [Test]
    public void CapturedStream_ThatWaitsForAnEventFromElsewhere_IsRefused()
    {
        nint graph, elsewhere, other = NewStream();
        _emulation.Check("cuEventCreate", (nint)(&elsewhere), 0);
        _emulation.Check("cuEventRecord", elsewhere, other);
        _emulation.Check("cuStreamBeginCapture_v2", _stream, 1);
        Assert.That(_emulation.Call("cuStreamWaitEvent", _stream, elsewhere, 0), Is.EqualTo(CapturedEvent));
        Assert.That(_emulation.Call("cuStreamEndCapture", _stream, (nint)(&graph)), Is.EqualTo(CaptureInvalidated));
        _emulation.Check("cuEventDestroy_v2", elsewhere);
        _emulation.Check("cuStreamDestroy_v2", other);
    }

    /// <summary>
    /// Mode 0 (global) forbids every thread what would spoil a capture, mode 1 only the one that began it.
    /// </summary>
    [TestCase(0, CaptureUnsupported, CaptureInvalidated)]
    [TestCase(1, 0, 0)]
    public void Capture_WhileAnotherThreadAllocates_IsLostIfItIsGlobal(int mode, int allocated, int captured)
    {
        nint graph, address = 0;
        int result = -1;
        _emulation.Check("cuStreamBeginCapture_v2", _stream, mode);
        nint to = (nint)(&address);
        Thread other = new(() =>
        {
            Emulation.Require();
            result = _emulation.Call("cuMemAlloc_v2", to, 16);
        });
        other.Start();
        other.Join();
        Assert.That(result, Is.EqualTo(allocated));
        Assert.That(_emulation.Call("cuStreamEndCapture", _stream, (nint)(&graph)), Is.EqualTo(captured));
        _emulation.Check("cuMemFree_v2", address);
    }

    [Test]
    public void Capture_BegunOrEndedWhereItCannotBe_IsRefused()
    {
        nint graph;
        Assert.That(_emulation.Call("cuStreamBeginCapture_v2", 0, 1), Is.EqualTo(CaptureUnsupported), "default stream");
        Assert.That(_emulation.Call("cuStreamEndCapture", _stream, (nint)(&graph)), Is.EqualTo(IllegalState));
        _emulation.Check("cuStreamBeginCapture_v2", _stream, 1);
        Assert.That(_emulation.Call("cuStreamBeginCapture_v2", _stream, 1), Is.EqualTo(IllegalState), "begun before");
        _emulation.Check("cuStreamEndCapture", _stream, (nint)(&graph));
        _emulation.Check("cuGraphDestroy", graph);
    }

    [Test]
    public void Capture_OfAForkedStream_MustBeJoined([Values] bool isJoined)
    {
        nint graph, fork, join, other = NewStream();
        _emulation.Check("cuEventCreate", (nint)(&fork), 0);
        _emulation.Check("cuEventCreate", (nint)(&join), 0);
        _emulation.Check("cuStreamBeginCapture_v2", _stream, 1);
        _emulation.Check("cuEventRecord", fork, _stream);
        _emulation.Check("cuStreamWaitEvent", other, fork, 0);
        _emulation.Check("cuMemsetD8Async", _y.Address, 0, Count, other);
        _emulation.Check("cuEventRecord", join, other);
        if (isJoined)
        {
            _emulation.Check("cuStreamWaitEvent", _stream, join, 0);
        }

        int result = _emulation.Call("cuStreamEndCapture", _stream, (nint)(&graph));
        Assert.That(result, Is.EqualTo(isJoined ? 0 : CaptureUnjoined));
        _emulation.Check("cuStreamDestroy_v2", other);
    }

    private nint NewStream()
    {
        const int NonBlocking = 1;
        nint stream;
        _emulation.Check("cuStreamCreate", (nint)(&stream), NonBlocking);
        return stream;
    }

    /// <summary>Launches a planted kernel (x, count, y) in one block.</summary>
    private int Launch(string kernel)
    {
        nint x = _x.Address, y = _y.Address;
        int count = Count;
        nint* arguments = stackalloc nint[] { (nint)(&x), (nint)(&count), (nint)(&y) };
        return _emulation.Call(
            "cuLaunchKernel", _kernels[kernel], 1, 1, 1, Count, 1, 1, 0, _stream, (nint)arguments, 0);
    }

    private float[] Result() => MemoryMarshal.Cast<byte, float>(_y.Read()).ToArray();
}
