using DenseNetRaw.Autograd;
using DenseNetRaw.Backends;

namespace DenseNetRaw.Evaluation;

/// <summary>
/// Brings images that go on after an exit from one plan to a plan of a smaller batch: of every storage that is read
/// later, image by image, since on every backend an image is one run of bytes.
/// </summary>
internal sealed class Compaction
{
    private readonly Backend _backend;
    private readonly Move[] _moves;

    /// <summary>Of the storages that are live after an exit.</summary>
    public Compaction(ExitPlan from, ExitPlan to, int exit, Backend backend)
    {
        _backend = backend;
        _moves = [.. from.Live[exit].Zip(to.Live[exit], (x, y) => new Move(x, y, backend))];
    }

    /// <summary>Copies the images at these places to the places 0, 1, ….</summary>
    public void Run(ReadOnlySpan<int> places)
    {
        foreach (Move move in _moves)
        {
            if (move.IsWhole)
            {
                _backend.Copy(Tensor.Of(move.From), Tensor.Of(move.To));
                continue;
            }

            for (int i = 0; i < places.Length; i++)
            {
                move.Row.Address = move.From.Address + (nint)(places[i] * move.ImageBytes);
                move.Place.Address = move.To.Address + (nint)(i * move.ImageBytes);
                _backend.Copy(Tensor.Of(move.Row), Tensor.Of(move.Place));
            }
        }
    }

    /// <summary>A storage of one plan, the same of the other, and one image of each.</summary>
    private sealed class Move(Storage from, Storage to, Backend backend)
    {
        public Storage From => from;

        public Storage To => to;

        /// <summary>Whether it is no batch, but one thing for all images.</summary>
        public bool IsWhole { get; } = from.Shape == to.Shape;

        public long ImageBytes { get; } = backend.BytesOf(from.Shape, from.Role) / from.Shape.N;

        public Storage Row { get; } = new(from.Name, from.Shape with { N = 1 }, from.Role);

        public Storage Place { get; } = new(to.Name, to.Shape with { N = 1 }, to.Role);
    }
}
