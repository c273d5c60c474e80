using DenseNetRaw.Autograd;

namespace DenseNetRaw.Backends.Cpu;

/// <summary>
/// The planes of a tensor divided into items: runs of neighbouring channels of one image, about 8192 elements each, or
/// of all images. Neighbours lie one after another in memory, so a run reads without the gaps that single channels
/// have.
/// </summary>
internal readonly struct ChannelRuns
{
    /// <summary>Channels of a run of all images at most.</summary>
    public const int Most = 8;

    private const int Elements = 8192;

    private readonly int _channels;
    private readonly int _channelsOfRun;
    private readonly int _runsOfImage;

    public ChannelRuns(Shape shape)
    {
        _channels = shape.C;
        _channelsOfRun = Math.Max(1, Elements / shape.Plane);
        _runsOfImage = (shape.C + _channelsOfRun - 1) / _channelsOfRun;
        Items = shape.N * _runsOfImage;
    }

    /// <summary>Runs of all images, two for each thread where there are channels enough.</summary>
    public ChannelRuns(int channels, int threads)
    {
        _channels = channels;
        _channelsOfRun = Math.Clamp(channels / (2 * threads), 1, Most);
        _runsOfImage = Items = (channels + _channelsOfRun - 1) / _channelsOfRun;
    }

    /// <summary>How many runs there are.</summary>
    public int Items { get; }

    /// <summary>The image, first channel and end of channels of a run.</summary>
    public (int Image, int First, int End) this[int item]
    {
        get
        {
            int first = item % _runsOfImage * _channelsOfRun;
            return (item / _runsOfImage, first, Math.Min(_channels, first + _channelsOfRun));
        }
    }
}
