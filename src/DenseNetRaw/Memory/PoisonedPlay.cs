using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Memory;

/// <summary>
/// A step played slowly, to find who reads what is dead: every storage is filled with NaN before its lives and after
/// them, and every tensor is looked through for NaN before a call reads it and after a call wrote it. What a call reads
/// without saying so shows as long as nothing else lies in the dead place: in a plan without reuse always.
/// </summary>
/// <param name="plan">The step, bound to an arena.</param>
/// <param name="backend">The backend that the step was planned for.</param>
internal sealed class PoisonedPlay(MemoryPlan plan, Backend backend)
{
    private readonly HostCopy _copy = new(backend);

    /// <summary>Plays the step.</summary>
    /// <param name="played">Called after each call, before what died with it is filled.</param>
    /// <exception cref="InvalidOperationException">
    /// A NaN was read or written: the call, the variable, and what is known of it.
    /// </exception>
    public void Play(Action<Call>? played)
    {
        for (int i = 0; i < plan.Calls.Count; i++)
        {
            int now = i;
            Call call = plan.Calls[i];
            Fill(life => life.First == now);
            foreach (Tensor tensor in call.Reads)
            {
                RequireNumbers(now, "reads", tensor, "");
            }

            bool[] heldNaN = [.. call.Writes.Select(tensor => FirstNaN(tensor) >= 0)];
            call.PlayUngated(backend);
            for (int w = 0; w < heldNaN.Length; w++)
            {
                RequireNumbers(now, "leaves", call.Writes[w], $"held {(heldNaN[w] ? "NaN" : "none")} before it, ");
            }

            played?.Invoke(call);
            Fill(life => life.Last == now && now != plan.Calls.Count - 1);
        }
    }

    private void Fill(Func<Lifetime, bool> isDead)
    {
        foreach (Placement placement in plan.Placements)
        {
            bool isUploaded = placement.Storage.Role is StorageRole.Input or StorageRole.Labels;
            if (!isUploaded && placement.Lifetimes.Any(isDead))
            {
                backend.Fill(double.NaN, Tensor.Of(placement.Storage));
            }
        }
    }

    private void RequireNumbers(int now, string does, Tensor tensor, string before)
    {
        int channel = FirstNaN(tensor);
        if (channel >= 0)
        {
            Call call = plan.Calls[now];
            throw new InvalidOperationException(
                $"call {now}, {call.Phase.ToString().ToLowerInvariant()} {call.Operation} of "
                + $"{call.Node?.ToString() ?? "the loss"}, {does} NaN in channel {channel} of {tensor}, which {before}"
                + $"{History(tensor.Storage, channel, now)}{Suspects(call, now)}");
        }
    }

    /// <summary>The first channel of the tensor's storage that holds a NaN within the tensor; −1 for none.</summary>
    private int FirstNaN(Tensor tensor)
    {
        if (tensor.Storage.Role == StorageRole.Labels)
        {
            return -1;
        }

        ReadOnlySpan<double> numbers = _copy.Of(tensor);
        for (int i = 0; i < numbers.Length; i++)
        {
            if (double.IsNaN(numbers[i]))
            {
                return tensor.FirstChannel + (i / tensor.Shape.Plane % tensor.Shape.C);
            }
        }

        return -1;
    }

    /// <summary>When a storage lives, and which call before now was the last to write one of its channels.</summary>
    private string History(Storage storage, int channel, int now)
    {
        int writer = now - 1;
        while (writer >= 0 && !plan.Calls[writer].Writes.Any(tensor => Holds(tensor, storage, channel)))
        {
            writer--;
        }

        string written = writer >= 0 ? $"was written by call {writer} ({plan.Calls[writer].Operation})"
            : storage.IsPersistent || storage.Role == StorageRole.Input ? "was written before the step"
            : "was not written before";
        return $"{Lives(storage, now)} and {written}";
    }

    private string Lives(Storage storage, int now)
    {
        Placement? placement = plan.Placements.FirstOrDefault(place => place.Storage == storage);
        return placement is null
            ? "outlives the step"
            : $"lives in calls {Stretches(placement)}{(IsDead(placement, now) ? ", is dead now" : "")}";
    }

    /// <summary>What the node knows and the call does not name, if that is dead: it may be read all the same.</summary>
    private string Suspects(Call call, int now)
    {
        Variable[] variables = call.Node is null ? [] : [.. call.Node.Inputs, .. call.Node.Outputs];
        HashSet<Storage> known =
        [
            .. variables.Select(variable => variable.Value.Storage),
            .. variables.Where(variable => variable.HasGradient).Select(variable => variable.Gradient.Storage),
        ];
        known.ExceptWith(call.Reads.Concat(call.Writes).Select(tensor => tensor.Storage));
        string[] dead =
        [
            .. plan.Placements.Where(place => known.Contains(place.Storage) && IsDead(place, now))
                .Select(place => $"{place.Storage} (calls {Stretches(place)})"),
        ];
        return dead.Length == 0 ? "" : $"; its node knows, and the call does not name, dead {string.Join(", ", dead)}";
    }

    private static string Stretches(Placement placement) =>
        string.Join(", ", placement.Lifetimes.Select(life => $"{life.First}…{life.Last}"));

    private static bool IsDead(Placement placement, int now) => !placement.Lifetimes.Any(life => life.Contains(now));

    private static bool Holds(Tensor tensor, Storage storage, int channel) =>
        tensor.Storage == storage && tensor.FirstChannel <= channel
        && channel < tensor.FirstChannel + tensor.Shape.C;
}
