namespace DenseNetRaw.Data;

/// <summary>
/// A disc, ring, square, triangle or cross of one area, placed and turned. Each is its own mirror image up to a turn.
/// </summary>
internal readonly record struct SyntheticShape(
    int Kind, double CentreX, double CentreY, double Cosine, double Sine, double Radius)
{
    // With these each shape has the area of the disc of radius 1: the number of pixels does not tell them apart.
    private const double RingOuter = 1.1547;
    private const double RingInner = 0.5774;
    private const double SquareHalfSide = 0.8862;
    private const double TriangleInradius = 0.7776;
    private const double CrossHalfLength = 1.1890;
    private const double CrossHalfWidth = 0.3963;

    private const double HalfRootOfThree = 0.8660254037844386;

    /// <summary>A place inside a square image and an angle for a shape.</summary>
    public static SyntheticShape Draw(ref RandomSequence random, int kind, double radius, int side)
    {
        double margin = radius + 1;
        double x = random.Between(margin, side - margin);
        double y = random.Between(margin, side - margin);

        // A point of the half circle by rational functions of t: sine and cosine differ between machines.
        double t = random.Between(-1, 1);
        double cosine = (1 - (t * t)) / (1 + (t * t));
        double sine = 2 * t / (1 + (t * t));
        double sign = random.Below(2) == 0 ? 1 : -1;
        return new SyntheticShape(kind, x, y, sign * cosine, sign * sine, radius);
    }

    /// <summary>The share of the pixel at (x, y) that the shape covers, from the distance to its edge.</summary>
    public double Coverage(double x, double y)
    {
        double dx = x - CentreX, dy = y - CentreY;
        double u = Math.Abs((Cosine * dx) + (Sine * dy)) / Radius;
        double v = ((Cosine * dy) - (Sine * dx)) / Radius;
        return Math.Clamp(0.5 - (Distance(u, v) * Radius), 0, 1);
    }

    /// <summary>The distance of (±u, v) to the edge of the shape of unit area, negative inside.</summary>
    private double Distance(double u, double v) => Kind switch
    {
        0 => Math.Sqrt((u * u) + (v * v)) - 1,
        1 => Ring(Math.Sqrt((u * u) + (v * v))),
        2 => Math.Max(u, Math.Abs(v)) - SquareHalfSide,
        3 => Math.Max(-v, (HalfRootOfThree * u) + (0.5 * v)) - TriangleInradius,
        _ => Cross(u, Math.Abs(v)),
    };

    private static double Ring(double radius) => Math.Max(radius - RingOuter, RingInner - radius);

    private static double Cross(double u, double v) =>
        Math.Max(Math.Max(u, v) - CrossHalfLength, Math.Min(u, v) - CrossHalfWidth);
}
