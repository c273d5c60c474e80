using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;
using DenseNetRaw.Tests.Backends;
using DenseNetRaw.Tests.Models;

namespace DenseNetRaw.Tests.Training;

/// <summary>
/// What every norm-relu of one step gives on one backend, and the same step on the reference backend with the masks
/// that these outputs have in place of its own. Where float32 puts an input of a ReLU on the other side of zero than
/// float64, its gradient is there or not: that tells of luck and not of accuracy. With the same masks, both compute the
/// same gradient.
/// </summary>
internal sealed class NormReluOutputs
{
    /// <summary>That of every norm of the models.</summary>
    private const double Epsilon = 1e-5;

    /// <summary>
    /// How far beyond zero an input is put that has to be on its other side: enough for float64, too little for
    /// anything else to notice.
    /// </summary>
    private const double Beyond = 1e-12;

    private readonly Dictionary<string, double[]> _outputs = [];

    private NormReluOutputs()
    {
    }

    /// <summary>How far from zero, in float64, the inputs of ReLUs were whose masks were not the same.</summary>
    public List<double> Turned { get; } = [];

    /// <summary>Relative error of the outputs of each norm-relu, by the name of its gamma.</summary>
    public Dictionary<string, double> Errors { get; } = [];

    /// <summary>Plays a training step, and notes what its norm-relus give.</summary>
    public static NormReluOutputs Play(MemoryPlan plan, Backend backend)
    {
        NormReluOutputs outputs = new();
        foreach (Call call in plan.Calls)
        {
            if (IsNormRelu(call))
                outputs._outputs.Add(Name(call), Output(call, backend));
            call.Play(backend);
        }

        return outputs;
    }

    /// <summary>
    /// Plays the same step with the same masks, and compares the outputs. Before each norm-relu, inputs on the other
    /// side of zero are moved across: the plan keeps them, so that the backward pass finds the mask in them again.
    /// </summary>
    public void PlayReference(MemoryPlan plan, Backend reference)
    {
        foreach (Call call in plan.Calls)
        {
            if (IsNormRelu(call))
            {
                double[] output = _outputs[Name(call)];
                Errors.Add(Name(call), NetworkStep.RelativeError(output, OutputWithMaskOf(output, call, reference)));
            }

            call.Play(reference);
        }
    }

    /// <summary>Backends fuse what follows a norm-relu or not, but each has one such call for each of them.</summary>
    private static bool IsNormRelu(Call call) => call.Phase == Phase.Forward
        && call.Operation.StartsWith(nameof(Backend.NormRelu), StringComparison.Ordinal);

    private static string Name(Call call) => Norm(call).Gamma.Storage.Name;

    private static Normalisation Norm(Call call) =>
        new(call.Reads[1], call.Reads[2], call.Reads[3], call.Reads[4], Epsilon);

    /// <summary>Of the backend's own kernel: a formula of ours could round to the other side of zero.</summary>
    private static double[] Output(Call call, Backend backend)
    {
        using TensorMemory memory = new(backend);
        Tensor y = memory.New(call.Reads[0].Shape);
        backend.NormRelu(call.Reads[0], Norm(call), y);
        return memory.Read(y);
    }

    private double[] OutputWithMaskOf(double[] output, Call call, Backend reference)
    {
        (Tensor input, Normalisation norm) = (call.Reads[0], Norm(call));
        double[] x = NetworkStep.Download(reference, input), y = new double[x.Length];
        double[] means = NetworkStep.Download(reference, norm.Mean);
        double[] variances = NetworkStep.Download(reference, norm.Variance);
        double[] gammas = NetworkStep.Download(reference, norm.Gamma);
        double[] betas = NetworkStep.Download(reference, norm.Beta);
        for (int first = 0; first < x.Length; first += input.Shape.Plane)
        {
            int c = first / input.Shape.Plane % input.Shape.C;
            double scale = gammas[c] / Math.Sqrt(variances[c] + Epsilon);
            for (int i = first; i < first + input.Shape.Plane; i++)
            {
                y[i] = ((x[i] - means[c]) * scale) + betas[c];
                if (y[i] > 0 != output[i] > 0)
                {
                    Turned.Add(Math.Abs(y[i]));
                    x[i] = means[c] + (((output[i] > 0 ? Beyond : -Beyond) - betas[c]) / scale);
                }

                y[i] = Math.Max(0, y[i]);
            }
        }

        reference.Upload(x, input);
        return y;
    }
}
