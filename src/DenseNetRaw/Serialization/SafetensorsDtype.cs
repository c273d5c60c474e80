namespace DenseNetRaw.Serialization;

/// <summary>The element types of safetensors by the names that stand in a header.</summary>
public static class SafetensorsDtype
{
    /// <summary>32-bit floating point.</summary>
    public const string F32 = "F32";

    /// <summary>64-bit floating point.</summary>
    public const string F64 = "F64";

    /// <summary>64-bit signed integer.</summary>
    public const string I64 = "I64";

    /// <summary>Whether <paramref name="name"/> is an element type, and how many bits an element has.</summary>
    public static bool TryGetBits(string name, out int bits)
    {
        bits = name switch
        {
            "F4" => 4,
            "F6_E2M3" or "F6_E3M2" => 6,
            "BOOL" or "U8" or "I8" => 8,
            "F8_E5M2" or "F8_E4M3" or "F8_E8M0" or "F8_E5M2FNUZ" or "F8_E4M3FNUZ" => 8,
            "I16" or "U16" or "F16" or "BF16" => 16,
            "I32" or "U32" or F32 => 32,
            I64 or "U64" or F64 or "C64" => 64,
            _ => 0,
        };
        return bits != 0;
    }
}
