// libnvrtc.so for machines without it: compiles nothing, since the emulated kernels are compiled by g++. Its "PTX"
// names no kernel, and the stand-in driver takes every kernel to be in it.
#include <cstdio>
#include <cstring>

#define API extern "C" __attribute__((visibility("default")))

static const char image[] = ".version 8.0\n// compiled by the emulation\n";

API int nvrtcVersion(int* major, int* minor) { return *major = 13, *minor = 0, 0; }

API const char* nvrtcGetErrorString(int result) { return result == 0 ? "NVRTC_SUCCESS" : "NVRTC_ERROR_INVALID_INPUT"; }

API int nvrtcGetNumSupportedArchs(int* count) { return *count = 2, 0; }

API int nvrtcGetSupportedArchs(int* all) { return all[0] = 75, all[1] = 90, 0; }

API int nvrtcCreateProgram(void** program, const char* source, const char*, int, const char**, const char**)
{
    return *program = new char, source == nullptr ? 3 : 0;
}

API int nvrtcCompileProgram(void*, int, const char**) { return 0; }

API int nvrtcGetProgramLogSize(void*, size_t* bytes) { return *bytes = 1, 0; }

API int nvrtcGetProgramLog(void*, char* log) { return *log = 0; }

API int nvrtcGetPTXSize(void*, size_t* bytes) { return *bytes = sizeof(image), 0; }

API int nvrtcGetPTX(void*, char* to) { return memcpy(to, image, sizeof(image)), 0; }

API int nvrtcGetCUBINSize(void*, size_t* bytes) { return nvrtcGetPTXSize(nullptr, bytes); }

API int nvrtcGetCUBIN(void*, char* to) { return nvrtcGetPTX(nullptr, to); }

API int nvrtcDestroyProgram(char** program) { return delete *program, *program = nullptr, 0; }
