using DenseNetRaw.Autograd;
using DenseNetRaw.Operations;
using DenseNetRaw.RandomNumbers;

namespace DenseNetRaw.Backends.Reference;

/// <content>What is computed element by element.</content>
public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y)
    {
        View X = new(x), Y = new(y);
        for (int n = 0; n < x.Shape.N; n++)
        {
            for (int c = 0; c < x.Shape.C; c++)
            {
                X.Plane(n, c).CopyTo(Y.Plane(n, c));
            }
        }
    }

    /// <inheritdoc/>
    public override void Accumulate(Tensor x, Tensor y, Grant grant = default)
    {
        ClearIf(grant.Stores, y);
        Add(x, y, y);
    }

    /// <inheritdoc/>
    public override void Add(Tensor a, Tensor b, Tensor y)
    {
        View A = new(a), B = new(b), Y = new(y);
        for (int n = 0; n < a.Shape.N; n++)
        {
            for (int c = 0; c < a.Shape.C; c++)
            {
                for (int p = 0; p < a.Shape.Plane; p++)
                {
                    Y.Plane(n, c)[p] = A.Plane(n, c)[p] + B.Plane(n, c)[p];
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void AddRelu(Tensor a, Tensor b, Tensor y)
    {
        View A = new(a), B = new(b), Y = new(y);
        for (int n = 0; n < a.Shape.N; n++)
        {
            for (int c = 0; c < a.Shape.C; c++)
            {
                for (int p = 0; p < a.Shape.Plane; p++)
                {
                    Y.Plane(n, c)[p] = Math.Max(0, A.Plane(n, c)[p] + B.Plane(n, c)[p]);
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void ReluBackward(Tensor y, Tensor dy, Tensor dx, Grant grant = default)
    {
        View Y = new(y), DY = new(dy), DX = new(dx);
        ClearIf(grant.Stores, dx);
        for (int n = 0; n < y.Shape.N; n++)
        {
            for (int c = 0; c < y.Shape.C; c++)
            {
                for (int p = 0; p < y.Shape.Plane; p++)
                {
                    DX.Plane(n, c)[p] += Y.Plane(n, c)[p] > 0 ? DY.Plane(n, c)[p] : 0;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void AccumulateScaled(Tensor x, Tensor s, Tensor y, Grant grant = default)
    {
        View X = new(x), Y = new(y);
        double scale = new View(s)[0];
        ClearIf(grant.Stores, y);
        if (scale == 0)
        {
            return;
        }

        for (int n = 0; n < x.Shape.N; n++)
        {
            for (int c = 0; c < x.Shape.C; c++)
            {
                for (int p = 0; p < x.Shape.Plane; p++)
                {
                    Y.Plane(n, c)[p] += scale * X.Plane(n, c)[p];
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void DrawGates(double last, Tensor gates)
    {
        View Gates = new(gates);
        for (int l = 0; l < gates.Shape.C; l++)
        {
            Gates[l] = SurvivalGates.IsOpen(Step, l, gates.Shape.C, last) ? 1 : 0;
        }
    }

    /// <inheritdoc/>
    public override bool IsClosed(Tensor gate) => new View(gate)[0] == 0;

    /// <inheritdoc/>
    public override void Multiply(Tensor a, Tensor b, Tensor y)
    {
        View A = new(a), B = new(b), Y = new(y);
        for (int n = 0; n < a.Shape.N; n++)
        {
            for (int c = 0; c < a.Shape.C; c++)
            {
                for (int p = 0; p < a.Shape.Plane; p++)
                {
                    Y.Plane(n, c)[p] = A.Plane(n, c)[p] * B.Plane(n, c)[p];
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void MultiplyBackward(Tensor dy, Tensor b, Tensor da, Grant grant = default)
    {
        View DY = new(dy), B = new(b), DA = new(da);
        ClearIf(grant.Stores, da);
        for (int n = 0; n < dy.Shape.N; n++)
        {
            for (int c = 0; c < dy.Shape.C; c++)
            {
                for (int p = 0; p < dy.Shape.Plane; p++)
                {
                    DA.Plane(n, c)[p] += DY.Plane(n, c)[p] * B.Plane(n, c)[p];
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Bias(Tensor x, Tensor b, Tensor y)
    {
        View X = new(x), B = new(b), Y = new(y);
        for (int n = 0; n < x.Shape.N; n++)
        {
            for (int c = 0; c < x.Shape.C; c++)
            {
                for (int p = 0; p < x.Shape.Plane; p++)
                {
                    Y.Plane(n, c)[p] = X.Plane(n, c)[p] + B[c];
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void BiasBackward(Tensor dy, Tensor db, Grant grant = default)
    {
        View DY = new(dy), DB = new(db);
        for (int n = 0; n < dy.Shape.N; n++)
        {
            for (int c = 0; c < dy.Shape.C; c++)
            {
                foreach (double value in DY.Plane(n, c))
                {
                    DB[c] += value;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Dropout(Tensor x, double rate, uint ordinal, Tensor y)
    {
        View X = new(x), Y = new(y);
        for (int n = 0; n < x.Shape.N; n++)
        {
            for (int c = 0; c < x.Shape.C; c++)
            {
                for (int p = 0; p < x.Shape.Plane; p++)
                {
                    Y.Plane(n, c)[p] = Stays(x.Shape, n, c, p, rate, ordinal) ? X.Plane(n, c)[p] / (1 - rate) : 0;
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void DropoutBackward(Tensor dy, double rate, uint ordinal, Tensor dx, Grant grant = default)
    {
        View DY = new(dy), DX = new(dx);
        ClearIf(grant.Stores, dx);
        for (int n = 0; n < dy.Shape.N; n++)
        {
            for (int c = 0; c < dy.Shape.C; c++)
            {
                for (int p = 0; p < dy.Shape.Plane; p++)
                {
                    DX.Plane(n, c)[p] += Stays(dy.Shape, n, c, p, rate, ordinal) ? DY.Plane(n, c)[p] / (1 - rate) : 0;
                }
            }
        }
    }

    private bool Stays(Shape x, int n, int c, int p, double rate, uint ordinal)
    {
        ulong index = ((((ulong)n * (ulong)x.C) + (ulong)c) * (ulong)x.Plane) + (ulong)p;
        (uint X, uint Y, uint Z, uint W) words = Philox.Draw(Step.Seed, index / 4, ordinal, Step.Number);
        uint word = (index % 4) switch { 0 => words.X, 1 => words.Y, 2 => words.Z, _ => words.W };
        return Philox.ToUnit(word) >= rate;
    }
}
