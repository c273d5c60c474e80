using DenseNetRaw.Autograd;
using DenseNetRaw.Operations;

namespace DenseNetRaw.Memory;

/// <summary>
/// A value that a plan computes again in the backward pass: what keeping it would take, and what it would save.
/// </summary>
/// <param name="Name">Its name in <see cref="MemoryStrategy.AlsoKept"/>.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Cost">What computing it again costs (<see cref="Call.Cost"/>).</param>
/// <param name="IsBottleneck">Whether it is an output of a bottleneck, which <c>slab</c> keeps.</param>
/// <param name="Lives">When the plan holds it, apart from each other and in order.</param>
internal sealed record Recomputation(
    string Name, long Bytes, double Cost, bool IsBottleneck, IReadOnlyList<Lifetime> Lives)
{
    /// <summary>The stretches between its lives, in which keeping it would take its bytes.</summary>
    public IEnumerable<Lifetime> Gaps => Lives.Zip(
        Lives.Skip(1), (before, after) => new Lifetime(before.Last + 1, after.First - 1));

    /// <summary>The values that a plan computes again for a backward call, in order of first use.</summary>
    public static List<Recomputation> Of(MemoryPlan plan)
    {
        Dictionary<Storage, Placement> placements = plan.Placements.ToDictionary(placement => placement.Storage);
        Dictionary<Storage, Call> replays = [];
        foreach (Call call in plan.Recomputed)
        {
            replays[call.Writes[0].Storage] = call;
        }

        HashSet<Storage> roots =
        [
            .. plan.Calls.Where(call => call.Phase == Phase.Backward)
                .SelectMany(call => call.Reads).Select(tensor => tensor.Storage).Where(replays.ContainsKey),
        ];

        // What is computed again only for something else to be computed again belongs to that.
        double CostOf(Call replay) => replay.Cost + replay.Reads.Select(tensor => tensor.Storage)
            .Where(storage => replays.ContainsKey(storage) && !roots.Contains(storage))
            .Sum(storage => CostOf(replays[storage]));

        return
        [
            .. roots.Select(root => new Recomputation(
                    NameOf(root, replays[root]), placements[root].Bytes, CostOf(replays[root]),
                    root.Role == StorageRole.Bottleneck, LivesOf(root, replays[root], plan, placements)))
                .OrderBy(value => value.Lives[0].First),
        ];
    }

    /// <summary>The most bytes live during a call at which the plan does not hold the value.</summary>
    public long MostDuringGaps(long[] live)
    {
        long most = 0;
        foreach (Lifetime gap in Gaps)
        {
            for (int call = gap.First; call <= gap.Last; call++)
            {
                most = Math.Max(most, live[call]);
            }
        }

        return most;
    }

    /// <summary>Adds its bytes to the live ones during the calls at which only keeping holds it.</summary>
    public void AddTo(long[] live)
    {
        foreach (Lifetime gap in Gaps)
        {
            for (int call = gap.First; call <= gap.Last; call++)
            {
                live[call] += Bytes;
            }
        }
    }

    private static string NameOf(Storage storage, Call replay) =>
        storage.IsRecomputed ? storage.Name : ((NormReluConvolution)replay.Node!).NormalisedName;

    /// <summary>
    /// A dropped storage has its lives; the copies that an unfused composite makes are a storage each.
    /// </summary>
    private static List<Lifetime> LivesOf(
        Storage storage, Call replay, MemoryPlan plan, Dictionary<Storage, Placement> placements)
    {
        IEnumerable<Storage> copies = storage.IsRecomputed
            ? [storage]
            : plan.Calls.Where(call => call.Node == replay.Node && call.Operation == replay.Operation)
                .Select(call => call.Writes[0].Storage);
        return [.. copies.SelectMany(copy => placements[copy].Lifetimes).OrderBy(life => life.First)];
    }
}
