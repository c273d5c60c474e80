using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Memory;

/// <summary>
/// A step played call by call, to find the first that writes what is no finite number: every value that a call wrote is
/// brought to the host and looked at. No graph, no step ahead; slow, above all where values cross a bus.
/// </summary>
/// <param name="plan">The step, bound to an arena.</param>
/// <param name="backend">The backend that the step was planned for.</param>
public sealed class AnomalyPlay(MemoryPlan plan, Backend backend)
{
    private readonly HostCopy _copy = new(backend);
    private readonly Dictionary<Storage, string> _before = [];

    /// <summary>Plays the step, and what follows it.</summary>
    /// <param name="then">Calls that follow the step's, as the optimiser's do; null for none.</param>
    /// <exception cref="NotFiniteNumberException">
    /// A call wrote NaN or an infinity, or the optimiser made a parameter one: names the call, its node and phase, the
    /// variable and the first such element of it, and what of that kind the call had read.
    /// </exception>
    public void Play(Action<Backend>? then = null)
    {
        NoteWhatWasBefore();
        foreach (Call call in plan.Calls)
        {
            if (call.IsLeftOut(backend))
            {
                continue;
            }

            call.Play(backend);
            foreach (Tensor written in call.Writes)
            {
                if (FirstAnomaly(written) is { } found)
                {
                    throw new NotFiniteNumberException(
                        $"{call.Phase.ToString().ToLowerInvariant()} {call.Operation} of "
                        + $"{call.Node?.ToString() ?? "the loss"} wrote {found} {written}; {WhatItHad(call)}");
                }
            }
        }

        if (then is not null)
        {
            then(backend);
            RequireFiniteState();
        }
    }

    /// <summary>What the step has from elsewhere, all of which some call touches.</summary>
    private IEnumerable<Storage> State => plan.Calls.SelectMany(call => call.Reads.Concat(call.Writes))
        .Select(tensor => tensor.Storage)
        .Where(storage => storage.IsPersistent || storage.Role == StorageRole.Input).Distinct();

    private void NoteWhatWasBefore()
    {
        foreach (Storage storage in State)
        {
            if (FirstAnomaly(Tensor.Of(storage)) is { } found)
            {
                _before.Add(storage, $"{found} {storage}");
            }
        }
    }

    /// <summary>
    /// What of the call's arguments was not finite. It came with the images, the weights or the state: had a call of
    /// this step written it, that call had been found.
    /// </summary>
    private string WhatItHad(Call call)
    {
        string[] found =
        [
            .. call.Reads.Concat(call.Writes).Select(tensor => tensor.Storage).Distinct()
                .Where(_before.ContainsKey).Select(storage => _before[storage]),
        ];
        return found.Length == 0
            ? "all that it read was finite"
            : $"before the step there was {string.Join(" and ", found)}";
    }

    private void RequireFiniteState()
    {
        foreach (Storage storage in State)
        {
            if (FirstAnomaly(Tensor.Of(storage)) is { } found)
            {
                throw new NotFiniteNumberException(_before.TryGetValue(storage, out string? before)
                    ? $"before the step there was {before}"
                    : $"the optimiser's update wrote {found} {storage}; all gradients were finite");
            }
        }
    }

    /// <summary>The first value that is not finite, and where it lies, in words; null if all are.</summary>
    private string? FirstAnomaly(Tensor tensor)
    {
        if (tensor.Storage.Role == StorageRole.Labels)
        {
            return null;
        }

        ReadOnlySpan<double> values = _copy.Of(tensor);
        for (int i = 0; i < values.Length; i++)
        {
            if (!double.IsFinite(values[i]))
            {
                (int plane, int width, int channels) = (tensor.Shape.Plane, tensor.Shape.W, tensor.Shape.C);
                int channel = tensor.FirstChannel + (i / plane % channels);
                return FormattableString.Invariant(
                    $"{values[i]} at [{i / plane / channels}, {channel}, {i % plane / width}, {i % width}] of");
            }
        }

        return null;
    }
}
