namespace DenseNetRaw.Tests.Cuda;

/// <summary>The source of a libcuda with one device, or of one that fails.</summary>
internal static class StandInDriver
{
    /// <summary>A driver whose first call returns a code and which says that it runs a CUDA version.</summary>
    public static string Functions(int initialisation, int version = 13000, int count = 0) => $$"""
        int cuInit(unsigned) { return {{initialisation}}; }
        int cuDriverGetVersion(int* v) { *v = {{version}}; return {{(initialisation == 34 ? 34 : 0)}}; }
        int cuDeviceGetCount(int* n) { *n = 1; return {{count}}; }
        int cuDeviceGet(int* d, int ordinal) { *d = ordinal + 40; return 0; }
        int cuDeviceGetName(char* name, int, int) { __builtin_memcpy(name, "Stand-in GPU", 13); return 0; }
        int cuDeviceTotalMem_v2(unsigned long* n, int device) { *n = device == 40 ? 80ul << 30 : 0; return 0; }
        int cuDeviceGetAttribute(int* v, int a, int) { *v = a == 75 ? 9 : a == 76 ? 0 : a == 16 ? 132 : 1; return 0; }
        int cuGetErrorName(int, const char** text) { *text = "CUDA_ERROR_MADE_UP"; return 0; }
        int cuGetErrorString(int, const char** text) { *text = "made up for a test"; return 0; }
        """;
}
