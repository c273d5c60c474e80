using System.Numerics;
using System.Runtime.InteropServices;
using DenseNetRaw.Data;
using DenseNetRaw.RandomNumbers;

namespace DenseNetRaw.Tests.Data;

/// <summary>
/// Multinomial logistic regression on normalised pixels, by stochastic gradient descent: what a linear map can tell.
/// </summary>
internal sealed class PixelRegression
{
    private readonly ImageDataset _images;
    private readonly float[] _table;
    private readonly float[][] _weights;
    private readonly float[] _biases;
    private readonly float[] _x;
    private readonly float[] _probabilities;
    private int _epoch;

    public PixelRegression(ImageDataset images)
    {
        _images = images;
        _table = images.Normalization.Table();
        _x = new float[images.ImageBytes];
        _weights = [.. images.Classes.Select(_ => new float[images.ImageBytes])];
        _biases = new float[images.Classes.Count];
        _probabilities = new float[images.Classes.Count];
    }

    /// <summary>A step for every image, in an order of the epoch's own.</summary>
    public void TrainEpoch(float learningRate)
    {
        int[] order = new int[_images.Count];
        Permutation.Fill(order, seed: 1, RandomStreams.Shuffle, (uint)_epoch++);
        foreach (int index in order)
        {
            Predict(_images, index);
            for (int k = 0; k < _weights.Length; k++)
            {
                float error = _probabilities[k] - (k == _images.Label(index) ? 1 : 0);
                _biases[k] -= learningRate * error;
                AddTo(_weights[k], -learningRate * error, _x);
            }
        }
    }

    public double Accuracy(ImageDataset images)
    {
        int right = 0;
        for (int index = 0; index < images.Count; index++)
        {
            Predict(images, index);
            right += Array.IndexOf(_probabilities, _probabilities.Max()) == images.Label(index) ? 1 : 0;
        }

        return right / (double)images.Count;
    }

    private void Predict(ImageDataset images, int index)
    {
        ReadOnlySpan<byte> image = images.Image(index);
        for (int i = 0; i < image.Length; i++)
            _x[i] = _table[(i / (image.Length / 3) * 256) + image[i]];

        for (int k = 0; k < _weights.Length; k++)
            _probabilities[k] = _biases[k] + Dot(_weights[k], _x);
        float largest = _probabilities.Max();
        float sum = 0;
        for (int k = 0; k < _probabilities.Length; k++)
            sum += _probabilities[k] = MathF.Exp(_probabilities[k] - largest);
        for (int k = 0; k < _probabilities.Length; k++)
            _probabilities[k] /= sum;
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        ReadOnlySpan<Vector<float>> wideA = MemoryMarshal.Cast<float, Vector<float>>(a);
        ReadOnlySpan<Vector<float>> wideB = MemoryMarshal.Cast<float, Vector<float>>(b);
        Vector<float> sum = Vector<float>.Zero;
        for (int i = 0; i < wideA.Length; i++)
            sum += wideA[i] * wideB[i];
        return Vector.Sum(sum);
    }

    private static void AddTo(Span<float> y, float factor, ReadOnlySpan<float> x)
    {
        Span<Vector<float>> wideY = MemoryMarshal.Cast<float, Vector<float>>(y);
        ReadOnlySpan<Vector<float>> wideX = MemoryMarshal.Cast<float, Vector<float>>(x);
        for (int i = 0; i < wideY.Length; i++)
            wideY[i] += factor * wideX[i];
    }
}
