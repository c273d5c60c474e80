namespace DenseNetRaw.Memory;

/// <summary>
/// Chooses what a budget has room to keep: of the values that the smallest plan computes again, those whose keeping
/// saves most. Values are kept from their place in the forward pass to its mirror image in the backward pass, so their
/// stretches are nested, and during any call the kept ones that take memory are a prefix in order of first use. That
/// makes it a knapsack whose bound falls on every prefix, and dynamic programming over the bytes kept so far solves it.
/// What a placement wastes is not known beforehand; so the choice is planned, and made again with less room while its
/// peak exceeds the budget.
/// </summary>
public static class MemoryBudget
{
    /// <summary>Steps that the bytes are counted in: what rounding up wastes is a value's size in these at most.</summary>
    private const int Steps = 1 << 15;

    /// <summary>How often the choice is made again before everything is computed again.</summary>
    private const int Attempts = 12;

    /// <summary>
    /// <see cref="MemoryStrategy.Auto"/> with what it keeps, so that every plan fits; nothing is kept if not even that
    /// fits.
    /// </summary>
    /// <param name="plans">Plans all steps that share an arena with the given strategy.</param>
    /// <param name="arenaBytes">How large the arena may be.</param>
    public static MemoryStrategy Choose(Func<MemoryStrategy, IReadOnlyList<MemoryPlan>> plans, long arenaBytes)
    {
        MemoryPlan smallest = plans(MemoryStrategy.Auto).MaxBy(plan => plan.PeakBytes)!;
        List<Recomputation> values = Recomputation.Of(smallest);
        long[] live = smallest.LiveBytes();
        long room = arenaBytes;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            MemoryStrategy choice = MemoryStrategy.Auto with { AlsoKept = MostSaving(values, live, room) };
            long excess = plans(choice).Max(plan => plan.PeakBytes) - arenaBytes;
            if (excess <= 0)
            {
                return choice;
            }

            room -= excess;
        }

        return MemoryStrategy.Auto;
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
}
