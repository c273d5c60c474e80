using DenseNetRaw.Autograd;

namespace DenseNetRaw.Cuda.Execution;

/// <summary>
/// How storages lie: [N, H, W, pitch], the pitch being the channels rounded up to 16 bytes, so that every pixel begins
/// at a multiple of them. What outlives a step is dense, and so is a workspace. Needs no device.
/// </summary>
/// <param name="features">What features are.</param>
/// <param name="gradients">What the gradients of features are.</param>
internal sealed class ElementLayout(ElementType features, ElementType gradients)
{
    private const int PixelAlignment = 16;

    /// <summary>What features are.</summary>
    public ElementType Features => features;

    /// <summary>The layout of a precision; docs/decisions.md says why gradients are bf16 among bf16 features.</summary>
    public static ElementLayout Of(CudaPrecision precision) => precision == CudaPrecision.Bf16
        ? new(ElementType.Bf16, ElementType.Bf16)
        : new(ElementType.F32, ElementType.F32);

    /// <summary>Bytes of one element.</summary>
    public static int BytesOf(ElementType type) => type switch
    {
        ElementType.Bf16 => 2,
        ElementType.F64 => 8,
        _ => 4,
    };

    /// <summary>Channels rounded up to a multiple of 16 bytes.</summary>
    public static int Aligned(int channels, ElementType type)
    {
        int multiple = PixelAlignment / BytesOf(type);
        return checked((channels + multiple - 1) / multiple * multiple);
    }

    /// <summary>What the elements of a role are.</summary>
    public ElementType TypeOf(StorageRole role) => role switch
    {
        StorageRole.FeatureGradient => gradients,
        StorageRole.ChannelVector or StorageRole.Workspace or StorageRole.Labels => ElementType.F32,
        _ when role.IsPersistent() => ElementType.F32,
        _ => features,
    };

    /// <summary>Elements from one pixel to the next.</summary>
    public int PitchOf(Shape shape, StorageRole role) =>
        role.IsPersistent() || role is StorageRole.Labels or StorageRole.Workspace
            ? shape.C
            : Aligned(shape.C, TypeOf(role));

    /// <summary>Bytes of a storage.</summary>
    public long BytesOf(Shape shape, StorageRole role) =>
        (long)shape.N * shape.Plane * PitchOf(shape, role) * BytesOf(TypeOf(role));

    /// <summary>
    /// Whether a tensor lies as cuDNN wants it: of the features' type, with no gap between its pixels.
    /// </summary>
    public bool IsPacked(Tensor x) =>
        TypeOf(x.Storage.Role) == features && PitchOf(x.Storage.Shape, x.Storage.Role) == x.Shape.C;

    /// <summary>Where a tensor lies.</summary>
    public Operand Of(Tensor x)
    {
        ElementType type = TypeOf(x.Storage.Role);
        ulong first = (ulong)x.Storage.Address + ((ulong)x.FirstChannel * (ulong)BytesOf(type));
        return new Operand(first, PitchOf(x.Storage.Shape, x.Storage.Role), type);
    }
}
