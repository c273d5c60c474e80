using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace DenseNetRaw.Tests;

/// <summary>A file system of a few pages in memory, which only root can mount; tests without one are ignored.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int PageBytes = 4096;
    private readonly TemporaryFolder _place = new();

    /// <summary>Mounts it.</summary>
    public SmallDisk(int pages)
    {
        string bytes = (pages * PageBytes).ToString(CultureInfo.InvariantCulture);
        if (!OperatingSystem.IsLinux() || Run("mount", "-t", "tmpfs", "-o", $"size={bytes}", "tmpfs", FullName) != 0)
        {
            _place.Dispose();
            Assert.Ignore("only root on Linux can mount a small file system");
        }
    }

    /// <summary>Where it is mounted.</summary>
    public string FullName => _place.FullName;

    /// <summary>Fills it, but for so many pages.</summary>
    public void Fill(int pagesLeft)
    {
        string path = Path.Combine(FullName, "filling");
        File.Delete(path);
        long free = new DriveInfo(FullName).AvailableFreeSpace - ((long)pagesLeft * PageBytes);
        File.WriteAllBytes(path, new byte[Math.Max(0, free)]);
    }

    /// <summary>Lets nobody write, not even root.</summary>
    public void MakeReadOnly() => Assert.That(Run("mount", "-o", "remount,ro", FullName), Is.Zero);

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = Run("umount", FullName);
        _place.Dispose();
    }

    private static int Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
