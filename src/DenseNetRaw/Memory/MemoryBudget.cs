namespace DenseNetRaw.Memory;

/// <summary>
/// Chooses what a budget has room to keep: of the values that the smallest plan computes again, those whose keeping
/// saves most. Values are kept from their place in the forward pass to its mirror image in the backward pass, so their
/// stretches are nested, and during any call the kept ones that take memory are a prefix in order of first use. That
/// makes it a knapsack whose bound falls on every prefix, and dynamic programming over the bytes kept so far solves it.
/// What a placement wastes is not known beforehand; so the choice is planned, and where its peak exceeds the budget it
/// is made again with bytes in reserve, as few as are found to do. Then the dearest of what is still computed again are
/// tried one by one in the holes.
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
    /// <see cref="MemoryStrategy.Auto"/> with what it keeps, so that every plan fits; nothing is kept if not even that
    /// fits.
    /// </summary>
    /// <param name="plans">Plans all steps that share an arena with the given strategy.</param>
    /// <param name="arenaBytes">How large the arena may be.</param>
    public static MemoryStrategy Choose(Func<MemoryStrategy, IReadOnlyList<MemoryPlan>> plans, long arenaBytes)
    {
        Choice Plan(HashSet<string> kept)
        {
            MemoryStrategy strategy = MemoryStrategy.Auto with { AlsoKept = kept };
            IReadOnlyList<MemoryPlan> planned = plans(strategy);
            return new Choice(
                strategy, planned.Max(plan => plan.PeakBytes) - arenaBytes,
                planned.Sum(plan => plan.Recomputed.Sum(call => call.Cost)));
        }

        MemoryPlan smallest = plans(MemoryStrategy.Auto).MaxBy(plan => plan.PeakBytes)!;
        if (smallest.PeakBytes > arenaBytes)
        {
            return MemoryStrategy.Auto;
        }

        List<Recomputation> values = Recomputation.Of(smallest);
        long[] live = smallest.LiveBytes();
        Choice choice = Plan(MostSaving(values, live, arenaBytes));
        if (choice.Excess > 0)
        {
            choice = WithReserve(room => Plan(MostSaving(values, live, room)), arenaBytes, choice.Excess);
        }

        return FillHoles(
            values, kept => LowerBound(values, live, kept) <= arenaBytes ? Plan(kept) : null, choice).Strategy;
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

    /// <summary>Keeps more, value by value, the dearest first; what is sure not to fit is not planned.</summary>
    private static Choice FillHoles(
        List<Recomputation> values, Func<HashSet<string>, Choice?> planIfPossible, Choice best)
    {
        int tried = 0;
        foreach (Recomputation value in values.OrderByDescending(value => value.Cost))
        {
            HashSet<string> kept = [.. best.Strategy.AlsoKept, value.Name];
            if (tried < Additions && kept.Count > best.Strategy.AlsoKept.Count && planIfPossible(kept) is { } larger)
            {
                tried++;
                best = larger.Excess <= 0 && larger.Cost < best.Cost ? larger : best;
            }
        }

        return best;
    }

    /// <summary>The largest sum of live bytes during any call with these values kept.</summary>
    private static long LowerBound(List<Recomputation> values, long[] live, HashSet<string> kept)
    {
        Recomputation[] keeping = [.. values.Where(value => kept.Contains(value.Name))];
        return live.Select((bytes, call) =>
            bytes + keeping.Where(value => value.IsDroppedDuring(call)).Sum(value => value.Bytes)).Max();
    }

    private static HashSet<string> MostSaving(List<Recomputation> values, long[] live, long room)
    {
        long[] bounds = PrefixBounds(values, live, room);
        long step = Math.Max(1, (bounds.Append(0).Max() + Steps - 1) / Steps);
        double[] saved = new double[Steps + 1];
        Array.Fill(saved, double.NegativeInfinity);
        saved[0] = 0;
        bool[][] isKept = new bool[values.Count][];
        for (int i = 0; i < values.Count; i++)
        {
            isKept[i] = new bool[Steps + 1];
            int size = (int)Math.Min(Steps + 1, (values[i].Bytes + step - 1) / step);
            long bound = bounds[i] < 0 ? 0 : Math.Min(Steps, bounds[i] / step);
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

    /// <summary>For each value the bytes that it and those before it may take together.</summary>
    private static long[] PrefixBounds(List<Recomputation> values, long[] live, long room)
    {
        long[] bounds = new long[values.Count];
        Array.Fill(bounds, room);
        for (int call = 0; call < live.Length; call++)
        {
            int last = values.FindLastIndex(value => value.IsDroppedDuring(call));
            if (last >= 0)
            {
                bounds[last] = Math.Min(bounds[last], room - live[call]);
            }
        }

        return bounds;
    }

    /// <summary>A strategy, the bytes by which its plans exceed the arena, and what they recompute.</summary>
    private sealed record Choice(MemoryStrategy Strategy, long Excess, double Cost);
}
