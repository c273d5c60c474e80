using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Evaluation;

/// <summary>
/// Early exit where a device plays a batch as a whole: after each exit the images that leave are left out, and once no
/// more than half remain, they go on in the plan of half the batch, a quarter, … one. Each plan has an arena of its
/// own, so all together take about twice the bytes of the largest.
/// </summary>
internal sealed class CompactedExits : ExitPlayer
{
    private readonly Backend _backend;
    private readonly ExitPlan[] _plans;
    private readonly Dictionary<(int From, int To, int Exit), Compaction> _compactions = [];
    private readonly DeviceMemory _memory;
    private readonly float[] _logits;

    // Of the images that are still there: their numbers in the batch, and where they lie in the present plan.
    private readonly int[] _images, _places;

    public CompactedExits(
        Func<Tape, Variable, IReadOnlyList<Variable>> forward, Shape x, Backend backend, MemoryStrategy memory,
        long allowedBytes)
    {
        _backend = backend;
        List<ExitPlan> plans = [];
        for (int size = x.N; size >= 1; size /= 2)
        {
            plans.Add(new ExitPlan(forward, x with { N = size }, backend, memory));
        }

        _plans = [.. plans];
        for (int from = 0; from < _plans.Length; from++)
        {
            for (int to = from + 1; to < _plans.Length; to++)
            {
                for (int exit = 0; exit < Exits - 1; exit++)
                {
                    _compactions[(from, to, exit)] = new Compaction(_plans[from], _plans[to], exit, backend);
                }
            }
        }

        _logits = new float[x.N * Classes];
        (_images, _places) = (new int[x.N], new int[x.N]);

        // Last, so that nothing after it can fail and leave it to nobody.
        _memory = Allocate(backend, plans.Sum(plan => plan.Bytes), allowedBytes);
        nint address = _memory.Address;
        foreach (ExitPlan plan in plans)
        {
            plan.Bind(address);
            address += (nint)plan.Bytes;
        }
    }

    /// <inheritdoc/>
    public override int Exits => _plans[0].Logits.Length;

    /// <inheritdoc/>
    public override int Classes => _plans[0].Logits[0].Shape.C;

    /// <inheritdoc/>
    public override int BatchSize => _plans[0].Size;

    /// <inheritdoc/>
    public override long Bytes => _memory.Bytes;

    /// <inheritdoc/>
    public override void PlayAll(ReadOnlySpan<float> pixels, int images, Span<float> logits)
    {
        ExitPlan plan = _plans[Begin(pixels, images)];
        foreach (MemoryPlan segment in plan.Segments)
        {
            _backend.Play(segment);
        }

        for (int exit = 0; exit < Exits; exit++)
        {
            int size = images * Classes;
            _backend.Download(FirstOf(plan.Logits[exit], images), logits.Slice(exit * size, size));
        }
    }

    /// <inheritdoc/>
    public override void Play(
        ReadOnlySpan<float> pixels, ExitThresholds thresholds, Span<int> exits, Span<int> answers)
    {
        int present = Begin(pixels, exits.Length), count = exits.Length;
        for (int image = 0; image < count; image++)
        {
            _images[image] = _places[image] = image;
        }

        for (int exit = 0; count > 0; exit++)
        {
            _backend.Play(_plans[present].Segments[exit]);
            if (thresholds.IsClosed(exit))
            {
                continue;
            }

            count = Leave(_plans[present].Logits[exit], count, exit, thresholds, exits, answers);
            int next = PlanFor(count);
            if (count > 0 && next > present)
            {
                _compactions[(present, next, exit)].Run(_places.AsSpan(0, count));
                for (int i = 0; i < count; i++)
                {
                    _places[i] = i;
                }

                present = next;
            }
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _memory.Dispose();

    private static Tensor FirstOf(Tensor x, int images) => x with { Shape = x.Shape with { N = images } };

    /// <summary>The smallest plan that has room for the images.</summary>
    private int PlanFor(int images)
    {
        int plan = _plans.Length - 1;
        while (plan > 0 && _plans[plan].Size < images)
        {
            plan--;
        }

        return plan;
    }

    private int Begin(ReadOnlySpan<float> pixels, int images)
    {
        RequireBatch(_plans[0].Images.Shape, images, pixels.Length);
        int plan = PlanFor(images);
        _backend.Upload(pixels, FirstOf(_plans[plan].Images, images));
        return plan;
    }

    /// <summary>Lets the images leave that may, and returns how many stay.</summary>
    private int Leave(
        Tensor logits, int count, int exit, ExitThresholds thresholds, Span<int> exits, Span<int> answers)
    {
        // Where images lie grows from the first to the last.
        _backend.Download(FirstOf(logits, _places[count - 1] + 1), _logits);
        int staying = 0;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<float> said = _logits.AsSpan(_places[i] * Classes, Classes);
            if (thresholds.Leaves(exit, Softmax.Confidence(said)))
            {
                exits[_images[i]] = exit;
                answers[_images[i]] = Softmax.Answer(said);
            }
            else
            {
                (_images[staying], _places[staying]) = (_images[i], _places[i]);
                staying++;
            }
        }

        return staying;
    }
}
