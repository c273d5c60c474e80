using System.Diagnostics;

namespace DenseNetRaw.Evaluation;

/// <summary>Times of a network with all exits running and with early exit, in turns: medians of rounds.</summary>
internal sealed class ExitTimes
{
    /// <summary>A device compiles, chooses and captures in the first two plays.</summary>
    private const int WarmUps = 2;

    private const int Rounds = 5;
    private readonly ExitPlayer _player;
    private readonly float[] _pixels;
    private readonly float[] _logits;
    private readonly int[] _exits, _answers;

    /// <summary>Of these images, in batches.</summary>
    /// <param name="player">The network.</param>
    /// <param name="pixels">[images, 3, H, W], already normalised.</param>
    /// <param name="images">How many there are.</param>
    public ExitTimes(ExitPlayer player, float[] pixels, int images)
    {
        (_player, _pixels) = (player, pixels);
        _logits = new float[player.Exits * Math.Min(images, player.BatchSize) * player.Classes];
        (_exits, _answers) = (new int[images], new int[images]);
    }

    /// <summary>Milliseconds of all images with all exits running.</summary>
    public double AllExits { get; private set; }

    /// <summary>Milliseconds of all images with each of the thresholds.</summary>
    public double[] Milliseconds { get; private set; } = [];

    /// <summary>Measures.</summary>
    /// <param name="variants">The thresholds.</param>
    /// <param name="played">Told once of each of them at which exit each image left, and with which class.</param>
    public void Measure(IReadOnlyList<ExitThresholds> variants, Action<int, int[], int[]>? played = null)
    {
        double[][] times = [.. Enumerable.Range(0, variants.Count + 1).Select(_ => new double[Rounds])];
        for (int round = -WarmUps; round < Rounds; round++)
        {
            for (int variant = 0; variant <= variants.Count; variant++)
            {
                long start = Stopwatch.GetTimestamp();
                Play(variant < variants.Count ? variants[variant] : null);
                if (round >= 0)
                {
                    times[variant][round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                }
                else if (round == -1 && variant < variants.Count)
                {
                    played?.Invoke(variant, _exits, _answers);
                }
            }
        }

        Milliseconds = [.. times.SkipLast(1).Select(Median)];
        AllExits = Median(times[^1]);
    }

    private static double Median(double[] times)
    {
        Array.Sort(times);
        return times[times.Length / 2];
    }

    private void Play(ExitThresholds? thresholds)
    {
        int images = _exits.Length, values = _pixels.Length / images;
        for (int first = 0; first < images; first += _player.BatchSize)
        {
            int count = Math.Min(_player.BatchSize, images - first);
            ReadOnlySpan<float> batch = _pixels.AsSpan(first * values, count * values);
            if (thresholds is null)
            {
                _player.PlayAll(batch, count, _logits);
            }
            else
            {
                _player.Play(batch, thresholds, _exits.AsSpan(first, count), _answers.AsSpan(first, count));
            }
        }
    }
}
