using System.Text.Json;
using DenseNetRaw.Cuda.Libraries;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

public sealed class DevicesCommandTests
{
    [Test]
    public void Devices_AsJson_BeginWithTwoThatAreUsableEverywhere()
    {
        JsonElement devices = CommandRun.Json("devices").GetProperty("devices");
        Assert.Multiple(() =>
        {
            Assert.That(
                devices.EnumerateArray().Take(2).Select(d => d.GetProperty("name").GetString()),
                Is.EqualTo(new[] { "reference", "cpu" }));
            Assert.That(
                devices.EnumerateArray().Take(2).Select(d => d.GetProperty("isUsable").GetBoolean()), Is.All.True);
            Assert.That(devices[2].GetProperty("name").GetString(), Does.StartWith("cuda"));
            Assert.That(devices[1].GetProperty("cores").GetInt32(), Is.Positive);
            Assert.That(devices[1].GetProperty("instructionSet").GetString(), Is.Not.Empty);
            Assert.That(devices[1].GetProperty("memoryBytes").GetInt64(), Is.Positive);
        });
    }

    [Test]
    public void Devices_AsTable_SaysWhyCudaIsNotUsable() =>
        Assert.That(
            CommandRun.Of("devices").Output.ReplaceLineEndings(" "),
            Does.Contain(CudaInstallation.Find().WhyNotUsable ?? "fp32, tf32 or bf16"));
}
