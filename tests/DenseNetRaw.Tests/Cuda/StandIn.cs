using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cuda;

/// <summary>Small libraries with the names of CUDA's, made by g++ for one test.</summary>
internal static class StandIn
{
    /// <summary>Compiles C++ functions into a library; the test is ignored where there is no g++.</summary>
    /// <param name="file">The library.</param>
    /// <param name="functions">Their source.</param>
    /// <param name="options">Further options of g++.</param>
    public static void Compile(string file, string functions, params IEnumerable<string> options)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("the stand-ins for CUDA's libraries are made for Linux");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        string source = file + ".cpp";
        File.WriteAllText(source, $$"""extern "C" { {{functions}} }""");
        try
        {
            using Process compiler = Process.Start("g++", ["-shared", "-fPIC", "-o", file, source, .. options]);
            compiler.WaitForExit();
            Assert.That(compiler.ExitCode, Is.Zero, $"g++ {source}");
        }
        catch (Win32Exception)
        {
            Assert.Ignore("there is no g++ to make stand-ins for CUDA's libraries");
        }
    }
}
