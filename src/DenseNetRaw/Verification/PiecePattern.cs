using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;
using DenseNetRaw.Memory;

namespace DenseNetRaw.Verification;

/// <summary>
/// Which smooth piece of the graph's function a play is on: a 64-bit hash (FNV-1a) of which outputs of each ReLU are
/// positive and which element each maximum is. Two pieces share a hash with a probability of 5e-20.
/// </summary>
internal sealed class PiecePattern
{
    /// <summary>The hash of the calls followed so far.</summary>
    public ulong Hash { get; private set; } = 14695981039346656037;

    /// <summary>Takes in the pattern of a call that was just made.</summary>
    public void Follow(Call call, SamplePlay play)
    {
        if (call.Operation is nameof(Backend.NormRelu) or nameof(Backend.AddRelu))
        {
            foreach (double value in play.Download(call.Writes[0]))
            {
                Mix(value > 0 ? 1 : 0);
            }
        }
        else if (call.Operation == nameof(Backend.MaxPool))
        {
            (Tensor x, Tensor y) = (call.Reads[0], call.Writes[0]);
            FollowMaxima(play.Download(x), play.Download(y), x.Shape.Plane, y.Shape.Plane);
        }
    }

    // A maximum is an element of its plane, and the first equal one names it: no two are equal but the zeros of a ReLU,
    // and those have no gradient.
    private void FollowMaxima(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int planeOfX, int planeOfY)
    {
        for (int i = 0; i < y.Length; i++)
        {
            Mix(x.Slice(i / planeOfY * planeOfX, planeOfX).IndexOf(y[i]));
        }
    }

    private void Mix(int value) => Hash = (Hash ^ (uint)value) * 1099511628211;
}
