namespace DenseNetRaw.Memory;

/// <summary>
/// Chooses what a budget has room to keep: of the values that the smallest plan computes again, those whose keeping
/// saves most. Values are kept from their place in the forward pass to its mirror image in the backward pass, so their
/// stretches are nested, and during any call the kept ones that take memory are a prefix in order of first use. That
/// makes it a knapsack whose bound falls on every prefix, and dynamic programming over the bytes kept so far solves it.
/// What a placement wastes is not known beforehand; so the choice is planned, and where its peak exceeds the budget it
/// is made again with bytes in reserve, as few as are found to do, and what <c>slab</c> keeps is taken where that is
/// better. Then the dearest of what is still computed again are tried one by one in the holes.
/// </summary>
public static class MemoryBudget
{
    /// <summary>
    /// Steps that the bytes are counted in: what rounding up wastes is as many of them as there are values at most.
    /// </summary>
    private const int Steps = 1 << 15;

    /// <summary>How many reserves are tried.</summary>
    private const int Reserves = 10;

    /// <summary>How many values are tried in the holes.</summary>
    private const int Additions = 10;

    /// <summary>
    /// <see cref="MemoryStrategy.Auto"/> with what it keeps, so that every plan fits and costs no more than that of any
    /// of the in-place strategies that fits; nothing is kept if none does.
    /// </summary>
    /// <param name="plans">Plans all steps that share an arena with the given strategy.</param>
    /// <param name="arenaBytes">How large the arena may be.</param>
    public static MemoryStrategy Choose(Func<MemoryStrategy, IReadOnlyList<MemoryPlan>> plans, long arenaBytes)
    {
        Choice Plan(HashSet<string> kept)
        {
            MemoryStrategy strategy = MemoryStrategy.Auto with { AlsoKept = kept };
            return Choice.Of(strategy, plans(strategy), arenaBytes);
        }

        IReadOnlyList<MemoryPlan> smallest = plans(MemoryStrategy.Auto);
        Choice nothing = Choice.Of(MemoryStrategy.Auto, smallest, arenaBytes);

        // Not always the largest: an evaluation step may be larger, and computes nothing again.
        MemoryPlan step = smallest.MaxBy(plan => plan.Recomputed.Sum(call => call.Cost))!;
        List<Recomputation> values = Recomputation.Of(step);
        if (values.Count == 0)
        {
            return nothing.Strategy;
        }

        // What slab keeps. A replay's scratch may take more than keeping: of a few small networks slab is the smallest.
        Choice bottlenecks = Plan([.. values.Where(value => value.IsBottleneck).Select(value => value.Name)]);
        if (nothing.Excess > 0)
        {
            return bottlenecks.Excess > 0 ? nothing.Strategy : bottlenecks.Strategy;
        }

        long[] live = step.LiveBytes();
        long[] peaks = PrefixPeaks(values, live);
        Choice choice = Plan(MostSaving(values, peaks, arenaBytes));
        if (choice.Excess > 0)
        {
            choice = WithReserve(room => Plan(MostSaving(values, peaks, room)), arenaBytes, choice.Excess);
        }

        choice = bottlenecks.Excess <= 0 && bottlenecks.Cost < choice.Cost ? bottlenecks : choice;
        return FillHoles(values, live, arenaBytes, Plan, choice).Strategy;
    }

    /// <summary>
    /// The cheapest choice found that fits: the reserve grows faster and faster until one does, then is bisected.
    /// </summary>
    private static Choice WithReserve(Func<long, Choice> chooseWithin, long arenaBytes, long excess)
    {
        Choice best = new(MemoryStrategy.Auto, 0, double.PositiveInfinity);
        (long tooLittle, long? enough, long reserve) = (0, null, excess);
        for (int i = 1; i <= Reserves; i++)
        {
            Choice choice = chooseWithin(arenaBytes - reserve);
            if (choice.Excess > 0)
            {
                tooLittle = reserve;
            }
            else
            {
                enough = reserve;
                best = choice.Cost < best.Cost ? choice : best;
            }

            reserve = enough is null ? reserve + (choice.Excess << i) : (tooLittle + enough.Value) / 2;
        }

        return best;
    }

    /// <summary>
    /// Keeps more, value by value, the dearest first; what has no room between the bytes live is not planned.
    /// </summary>
    private static Choice FillHoles(
        List<Recomputation> values, long[] live, long arenaBytes, Func<HashSet<string>, Choice> plan, Choice best)
    {
        long[] held = [.. live];
        foreach (Recomputation value in values.Where(value => best.Strategy.AlsoKept.Contains(value.Name)))
        {
            value.AddTo(held);
        }

        int tried = 0;
        foreach (Recomputation value in values.OrderByDescending(value => value.Cost))
        {
            if (tried == Additions || best.Strategy.AlsoKept.Contains(value.Name)
                || value.MostDuringGaps(held) + value.Bytes > arenaBytes)
            {
                continue;
            }

            tried++;
            Choice larger = plan([.. best.Strategy.AlsoKept, value.Name]);
            if (larger.Excess <= 0 && larger.Cost < best.Cost)
            {
                best = larger;
                value.AddTo(held);
            }
        }

        return best;
    }

    /// <summary>The values whose keeping saves most, where the bytes live and those kept have this room.</summary>
    private static HashSet<string> MostSaving(List<Recomputation> values, long[] peaks, long room)
    {
        // No more bytes are counted than all values take, and every step may be left half empty by one value.
        long most = Math.Min(room - peaks.Min(), values.Sum(value => value.Bytes));
        long step = 1 + (Math.Max(0, most) / Math.Max(1, Steps - values.Count));
        double[] saved = new double[Steps + 1];
        Array.Fill(saved, double.NegativeInfinity);
        saved[0] = 0;
        bool[][] isKept = new bool[values.Count][];
        for (int i = 0; i < values.Count; i++)
        {
            isKept[i] = new bool[Steps + 1];
            int size = (int)Math.Min(Steps + 1, (values[i].Bytes + step - 1) / step);
            long bound = Math.Clamp((room - peaks[i]) / step, 0, Steps);
            for (int kept = Steps; kept >= size && kept > 0; kept--)
            {
                if (kept <= bound && saved[kept - size] + values[i].Cost > saved[kept])
                {
                    saved[kept] = saved[kept - size] + values[i].Cost;
                    isKept[i][kept] = true;
                }
            }

            saved.AsSpan((int)bound + 1).Fill(double.NegativeInfinity);
        }

        HashSet<string> names = [];
        int at = Array.IndexOf(saved, saved.Max());
        for (int i = values.Count - 1; i >= 0; i--)
        {
            if (isKept[i][at])
            {
                names.Add(values[i].Name);
                at -= (int)((values[i].Bytes + step - 1) / step);
            }
        }

        return names;
    }

    /// <summary>For each value the most bytes live during a call where it is the last that is dropped.</summary>
    private static long[] PrefixPeaks(List<Recomputation> values, long[] live)
    {
        int[] last = new int[live.Length];
        Array.Fill(last, -1);
        for (int i = 0; i < values.Count; i++)
        {
            foreach (Lifetime gap in values[i].Gaps)
            {
                last.AsSpan(gap.First..(gap.Last + 1)).Fill(i);
            }
        }

        long[] peaks = new long[values.Count];
        for (int call = 0; call < live.Length; call++)
        {
            if (last[call] >= 0)
            {
                peaks[last[call]] = Math.Max(peaks[last[call]], live[call]);
            }
        }

        return peaks;
    }

    /// <summary>A strategy, the bytes by which its plans exceed the arena, and what they recompute.</summary>
    private sealed record Choice(MemoryStrategy Strategy, long Excess, double Cost)
    {
        public static Choice Of(MemoryStrategy strategy, IReadOnlyList<MemoryPlan> plans, long arenaBytes) => new(
            strategy, plans.Max(plan => plan.PeakBytes) - arenaBytes,
            plans.Sum(plan => plan.Recomputed.Sum(call => call.Cost)));
    }
}
