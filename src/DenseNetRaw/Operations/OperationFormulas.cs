namespace DenseNetRaw.Operations;

/// <summary>
/// The formulas of the engine's operations, forward and backward. σ = √(variance + ε), x̂ = (x − mean) / σ,
/// M = N·H·W; h′ = h·stride + r − padding, w′ likewise; [condition] is 1 where it holds and 0 elsewhere.
/// </summary>
public static class OperationFormulas
{
    /// <summary>The formulas by type of node.</summary>
    public static IReadOnlyDictionary<Type, OperationFormula> All { get; } = new Dictionary<Type, OperationFormula>
    {
        [typeof(Add)] = new("y = a + b", "da += dy; db += dy"),
        [typeof(AddRelu)] = new("y = max(0, a + b)", "g = [y > 0] · dy; da += g; db += g"),
        [typeof(AveragePool)] = new(
            "y[n,c,h,w] = Σr,s x[n,c,h′,w′] / (R·S)", "dx[n,c,h′,w′] += dy[n,c,h,w] / (R·S) for every r,s"),
        [typeof(Bias)] = new("y[n,c,h,w] = x[n,c,h,w] + b[c]", "dx += dy; db[c] += Σn,h,w dy[n,c,h,w]"),
        [typeof(ChannelStatistics)] = new(
            "mean[c] = Σn,h,w x / M; variance[c] = Σn,h,w (x − mean)² / M",
            "dx += (dmean + 2 · (x − mean) · dvariance) / M"),
        [typeof(Convolution)] = new(
            "y[n,k,h,w] = Σc,r,s x[n,c,h′,w′] · w[k,c,r,s]",
            "dw[k,c,r,s] += Σn,h,w x[n,c,h′,w′] · dy[n,k,h,w]; dx[n,c,h′,w′] += Σk dy[n,k,h,w] · w[k,c,r,s]"),
        [typeof(Copy)] = new("y = x", "dx += dy"),
        [typeof(Dropout)] = new(
            "y = [stays] · x / (1 − rate)", "dx += [stays] · dy / (1 − rate), the mask drawn again"),
        [typeof(MaxPool)] = new(
            "y[n,c,h,w] = max r,s x[n,c,h′,w′]", "dx[n,c,h′,w′] += dy[n,c,h,w] at the maximum, which is found again"),
        [typeof(Multiply)] = new("y = a · b", "da += dy · b; db += dy · a"),
        [typeof(Norm)] = new("y = γ · x̂ + β", "as NormRelu, with g = dy"),
        [typeof(NormRelu)] = new(
            "y = max(0, γ · x̂ + β)",
            "g = [y > 0] · dy; dγ += Σ g · x̂; dβ += Σ g; dx += γ · g / σ; dmean += −γ / σ · Σ g; "
            + "dvariance += −γ / (2σ²) · Σ g · x̂; sums over n,h,w"),
        [typeof(NormReluAveragePool)] = new(
            "y = AveragePool(z), z = NormRelu(x)", "dz by AveragePool's rule from dy, all else by NormRelu's from dz"),
        [typeof(NormReluConvolution)] = new(
            "y = z ∗ w, z = NormRelu(x)",
            "dw and dz by Convolution's rule from z and dy, all else by NormRelu's from dz"),
        [typeof(PaddedShortcut)] = new(
            "y[n,c,h,w] = x[n,c,h·stride,w·stride] for c < C; 0 above", "dx[n,c,h·stride,w·stride] += dy[n,c,h,w]"),
        [typeof(Scale)] = new("y = s · x", "dx += s · dy"),
        [typeof(SoftmaxCrossEntropy)] = new(
            "loss = Σn (log Σc exp(logits[n,c]) − logits[n,label[n]]) / N",
            "dlogits[n,c] += dloss · (softmax(logits[n])[c] − [c = label[n]]) / N"),
        [typeof(SurvivalGates)] = new("gates[l] = [u < p(l)]; p(l) in evaluation", "none"),
        [typeof(WeightedSum)] = new("y = Σi weight[i] · x[i]", "dx[i] += weight[i] · dy"),
    };
}
