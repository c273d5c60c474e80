using System.Runtime.CompilerServices;
using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Cuda.Execution;
using DenseNetRaw.Cuda.Native;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Cuda;

/// <content>
/// Steps as graphs. The first play of a plan makes its calls one by one: kernels are compiled and loaded, algorithms
/// chosen. The second writes them down, and from then on a step is one launch. What changes from step to step is read
/// from the device's memory.
/// </content>
public sealed partial class CudaBackend
{
    private readonly ConditionalWeakTable<MemoryPlan, CapturedPlan> _captured = [];
    private bool _playsHostCode;

    /// <inheritdoc/>
    public override void Play(MemoryPlan plan, Action<Backend>? then = null)
    {
        StepOn(Machine);
        Play(plan, ends: null, then);
    }

    private void Play(MemoryPlan plan, StepEnds? ends, Action<Backend>? then)
    {
        if (Ranges is null)
        {
            PlayUnmarked(plan, ends, then);
        }
        else
        {
            PlayInRange(plan, ends, then);
        }
    }

    private void PlayUnmarked(MemoryPlan plan, StepEnds? ends, Action<Backend>? then)
    {
        if (!_settings.CapturesSteps || plan.Placements.Count == 0)
        {
            MakeCalls(plan, ends, then);
            return;
        }

        nint address = plan.Placements[0].Storage.Address;
        CapturedPlan captured = _captured.GetOrCreateValue(plan);
        if (!captured.Knows(address, ends, then))
        {
            _playsHostCode = false;
            MakeCalls(plan, ends, then);
            captured.Note(address, ends, then, !_playsHostCode);
        }
        else if (!captured.CanBeCaptured)
        {
            MakeCalls(plan, ends, then);
        }
        else
        {
            CudaMachine machine = Machine;
            captured.Graph ??= Capture(machine, plan, ends, then);
            captured.Graph.Launch(machine.Stream);
        }
    }

    private void MakeCalls(MemoryPlan plan, StepEnds? ends, Action<Backend>? then)
    {
        if (ends is { } before)
        {
            TakeBatch(before.Images, before.Labels);
        }

        if (Ranges is null)
        {
            base.Play(plan, then);
        }
        else
        {
            MakeCallsInRanges(plan, then);
        }

        if (ends is { } after)
        {
            Report(after);
        }
    }

    /// <summary>What the host computes cannot be written down, so its plan is played call by call.</summary>
    /// <inheritdoc/>
    public override void Custom(
        string operation, Tensor[] reads, Action<Backend> kernel, Tensor[] writes, Tensor[] sums)
    {
        _playsHostCode = true;
        base.Custom(operation, reads, kernel, writes, sums);
    }

    private CudaGraphExecutable Capture(
        CudaMachine machine, MemoryPlan plan, StepEnds? ends, Action<Backend>? then)
    {
        machine.Stream.BeginCapture();
        try
        {
            MakeCalls(plan, ends, then);
        }
        catch
        {
            machine.Stream.AbandonCapture();
            throw;
        }

        using CudaGraph graph = machine.Stream.EndCapture(machine.Context);
        CudaGraphExecutable executable = graph.Instantiate(machine.Context);
        executable.Upload(machine.Stream);
        return executable;
    }
}
