using System.Globalization;
using System.Text;
using DenseNetRaw.Autograd;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Cli.Trace;

/// <summary>
/// The arena as a picture in a page: calls to the right, addresses upwards, a rectangle for each life of a storage.
/// Places are per cent, so that it takes any width and its text keeps its size.
/// </summary>
internal sealed class ArenaMap
{
    private const double Percent = 100;

    /// <summary>Parts of an axis between numbers, at most.</summary>
    private const int AxisParts = 5;

    /// <summary>What is lower than this share of the arena gets no outline: one would see nothing else.</summary>
    private const double LeastOutlined = 0.01;

    private readonly TracedStep _step;
    private readonly StringBuilder _svg = new();

    private ArenaMap(TracedStep step) => _step = step;

    /// <summary>The picture with its axes and legend.</summary>
    public static string Of(TracedStep step)
    {
        ArenaMap map = new(step);
        map.AddLegend();
        map._svg.Append("<div class=\"map\">");
        map.AddPhases();
        map.AddAddresses();
        map.AddRectangles();
        map.AddCalls();
        map._svg.Append("</div>");
        return map._svg.ToString();
    }

    /// <summary>A storage's lives as a bar over the calls of the step.</summary>
    public static string Bar(TracedStep step, Placement placement)
    {
        StringBuilder bar = new();
        bar.Append(
            CultureInfo.InvariantCulture, $"<svg class=\"bar\" data-s=\"{step.NumberOf(placement.Storage)}\">");
        foreach (Lifetime life in placement.Lifetimes)
        {
            bar.Append(
                CultureInfo.InvariantCulture,
                $"<rect class=\"{ClassOf(placement.Storage.Role)}\" x=\"{X(step, life.First)}\" y=\"0\" "
                + $"width=\"{X(step, life.Last + 1 - life.First)}\" height=\"100%\"/>");
        }

        string middle = X(step, step.Timeline.FirstBackwardCall);
        return bar.Append($"<line x1=\"{middle}\" x2=\"{middle}\" y1=\"0\" y2=\"100%\"/></svg>").ToString();
    }

    /// <summary>The class that colours a role.</summary>
    public static string ClassOf(StorageRole role) =>
        Categories.Key(role == StorageRole.Labels ? StorageRole.Input : role);

    private void AddLegend()
    {
        _svg.Append("<ul class=\"legend\">");
        foreach (IGrouping<string, (StorageRole Role, long[] Bytes)> category in
            _step.Timeline.LiveBytesByRole.GroupBy(pair => ClassOf(pair.Role)))
        {
            StorageRole role = category.First().Role;
            _svg.Append(
                $"<li><svg><rect class=\"{category.Key}\" width=\"100%\" height=\"100%\"/></svg>"
                + $"{Categories.Words(role)}, at most {ByteText.Of(category.Max(pair => pair.Bytes.Max()))}</li>");
        }

        _svg.Append("</ul>");
    }

    private void AddPhases()
    {
        int backward = _step.Timeline.FirstBackwardCall;
        _svg.Append("<span></span><svg class=\"top\">");
        Text(X(_step, backward), "17", "end", "forward ◂", dx: -4);
        if (backward < _step.Plan.Calls.Count)
            Text(X(_step, backward), "17", "start", "▸ backward", dx: 4);
        _svg.Append("</svg>");
    }

    private void AddAddresses()
    {
        _svg.Append("<svg class=\"y\">");
        foreach (double mebibytes in Ticks(_step.Plan.PeakBytes / Units.MebibyteBytes))
        {
            string y = Y(mebibytes * Units.MebibyteBytes);
            Text("100%", y, "end", $"{mebibytes.ToString("0.###", CultureInfo.InvariantCulture)} MiB", dx: -8, dy: 4);
        }

        _svg.Append("</svg>");
    }

    private void AddRectangles()
    {
        _svg.Append("<svg class=\"arena\" role=\"img\" aria-label=\"memory map of the arena\">");
        foreach (Placement placement in _step.Plan.Placements)
        {
            string edge = placement.Bytes >= LeastOutlined * _step.Plan.PeakBytes ? " edge" : string.Empty;
            string name = HtmlPage.Text(placement.Storage.Name);
            foreach (Lifetime life in placement.Lifetimes)
            {
                _svg.Append(
                    CultureInfo.InvariantCulture,
                    $"<rect class=\"{ClassOf(placement.Storage.Role)}{edge}\" "
                    + $"data-s=\"{_step.NumberOf(placement.Storage)}\" x=\"{X(_step, life.First)}\" "
                    + $"y=\"{Y(placement.End)}\" width=\"{X(_step, life.Last + 1 - life.First)}\" "
                    + $"height=\"{Share(placement.Bytes, _step.Plan.PeakBytes)}\"><title>{name}</title></rect>");
            }
        }

        string middle = X(_step, _step.Timeline.FirstBackwardCall);
        _svg.Append($"<line x1=\"{middle}\" x2=\"{middle}\" y1=\"0\" y2=\"100%\"/></svg>");
    }

    private void AddCalls()
    {
        _svg.Append("<span></span><svg class=\"x\">");
        foreach (double call in Ticks(_step.Plan.Calls.Count).Where(call => call == Math.Floor(call)))
        {
            string text = call.ToString("N0", CultureInfo.InvariantCulture);
            Text(X(_step, call), "16", call == 0 ? "start" : "middle", call == 0 ? $"call {text}" : text);
        }

        _svg.Append("</svg>");
    }

    private void Text(string x, string y, string anchor, string text, int dx = 0, int dy = 0) => _svg.Append(
        CultureInfo.InvariantCulture,
        $"<text x=\"{x}\" y=\"{y}\" dx=\"{dx}\" dy=\"{dy}\" text-anchor=\"{anchor}\">{HtmlPage.Text(text)}</text>");

    /// <summary>0 and round steps up to the largest: 1, 2 or 5 times a power of ten.</summary>
    private static IEnumerable<double> Ticks(double largest)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(largest / AxisParts)));
        double[] steps = [1, 2, 5, 10];
        double step = steps.First(times => times * power * AxisParts >= largest) * power;
        for (int i = 0; i * step <= largest; i++)
            yield return i * step;
    }

    private string Y(double address) => Share(_step.Plan.PeakBytes - address, _step.Plan.PeakBytes);

    private static string X(TracedStep step, double calls) => Share(calls, step.Plan.Calls.Count);

    private static string Share(double part, double whole) =>
        (Percent * part / whole).ToString("0.###", CultureInfo.InvariantCulture) + "%";
}
