using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda.Kernels;

/// <summary>
/// The stand-in driver and libraries of <c>tests/emulation</c>, called by name. They are built with g++ into
/// <c>artifacts/emulation</c>, or lie in the folder that <c>EMULATION_LIBRARIES</c> names, as those built with
/// sanitizers do; <c>none</c> leaves the tests to the machine's own CUDA.
/// </summary>
internal sealed unsafe class Emulation
{
    private const int MostArguments = 20;

    // One for the process: a driver is process-wide, and so is this one.
    private static readonly Lazy<Emulation> Loaded = new(() => new Emulation());

    private static readonly Lazy<(string Folder, string? Absence)> Built = new(Prepare);

    private readonly nint[] _libraries = [];

    private Emulation()
    {
        if (Built.Value.Absence is null)
        {
            string[] names = ["libcuda.so.1", "libcublas.so.13", "libcudnn.so.9"];
            _libraries = [.. names.Select(name => NativeLibrary.Load(Path.Combine(Built.Value.Folder, name)))];
        }
    }

    /// <summary>Where the stand-ins lie, or would.</summary>
    public static string Folder => Built.Value.Folder;

    /// <summary>Why there is no emulation; null where there is one.</summary>
    public static string? WhyAbsent => Built.Value.Absence;

    /// <summary>Builds the stand-ins and returns their folder; null where that is not possible.</summary>
    public static string? FolderIfBuilt() => Built.Value.Absence is null ? Built.Value.Folder : null;

    /// <summary>The emulation, with its context current on this thread; ignores the test where there is none.</summary>
    public static Emulation Require()
    {
        Emulation emulation = Loaded.Value;
        if (Built.Value.Absence is { } absence)
        {
            Assert.Ignore(absence);
        }

        nint context;
        emulation.Check("cuInit", 0);
        emulation.Check("cuDevicePrimaryCtxRetain", (nint)(&context), 0);
        emulation.Check("cuCtxSetCurrent", context);
        return emulation;
    }

    /// <summary>
    /// Calls a C function and returns its result. Whole numbers and pointers only; by the calling convention of
    /// x86-64 Linux, arguments that the function does not have do no harm.
    /// </summary>
    public int Call(string function, params ReadOnlySpan<nint> arguments)
    {
        nint* a = stackalloc nint[MostArguments];
        arguments.CopyTo(new Span<nint>(a, MostArguments));
        delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint,
            nint, nint, nint, nint, nint, int> call =
            (delegate* unmanaged<nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint,
                nint, nint, nint, nint, nint, nint, int>)Find(function);
        return call(
            a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12], a[13], a[14], a[15], a[16],
            a[17], a[18], a[19]);
    }

    /// <summary>Calls a function of the driver that must succeed.</summary>
    public void Check(string function, params ReadOnlySpan<nint> arguments)
    {
        int result = Call(function, arguments);
        Assert.That(result, Is.Zero, () => $"{function}: {Message(result)}");
    }

    /// <summary>The function handle of a kernel.</summary>
    public nint Kernel(string name)
    {
        nint module, function;
        fixed (byte* image = Encoding.UTF8.GetBytes($".version {name}\0"), bytes = Encoding.UTF8.GetBytes(name + '\0'))
        {
            Check("cuModuleLoadData", (nint)(&module), (nint)image);
            Check("cuModuleGetFunction", (nint)(&function), module, (nint)bytes);
        }

        return function;
    }

    /// <summary>What the driver says about a failure.</summary>
    public string Message(int result)
    {
        nint text;
        Call("cuGetErrorString", result, (nint)(&text));
        return Marshal.PtrToStringUTF8(text)!;
    }

    /// <summary>Sets one of the emulation's options; see <c>emulation_set</c>.</summary>
    public void Set(string option, int value)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(option + '\0'))
        {
            Check("emulation_set", (nint)name, value);
        }
    }

    /// <summary>The driver's calls while <paramref name="action"/> ran.</summary>
    public string[] Record(Action action)
    {
        Call("emulation_record", 1);
        action();
        Call("emulation_record", 0);
        string calls = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)Find("emulation_calls"))())!;
        return calls.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static (string Folder, string? Absence) Prepare()
    {
        string? ready = Environment.GetEnvironmentVariable("EMULATION_LIBRARIES");
        if (ready == "none")
        {
            return (ready, "EMULATION_LIBRARIES=none leaves the tests to the machine's own CUDA");
        }

        string folder = ready ?? Path.Combine(RepositoryFolder.Find(), "artifacts", "emulation");
        return (folder, ready is null ? Build(folder) : null);
    }

    private static string? Build(string folder)
    {
        string script = Path.Combine(RepositoryFolder.Find(), "tests", "emulation", "build.sh");
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64)
        {
            return "the emulation of CUDA is written for Linux on x86-64";
        }

        if (!IsOnPath("g++"))
        {
            return "the emulation of CUDA is built with g++, which is not on the PATH";
        }

        using Process build = Process.Start(new ProcessStartInfo("bash", [script, folder])
        {
            RedirectStandardError = true,
        })!;
        string errors = build.StandardError.ReadToEnd();
        build.WaitForExit();
        Assert.That(build.ExitCode, Is.Zero, () => $"{script} failed: {errors}");
        return null;
    }

    private static bool IsOnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    private nint Find(string function)
    {
        foreach (nint library in _libraries)
        {
            if (NativeLibrary.TryGetExport(library, function, out nint address))
            {
                return address;
            }
        }

        throw new EntryPointNotFoundException($"no stand-in library has a function {function}");
    }
}
