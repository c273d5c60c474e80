using System.Text.Json;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

public sealed class DevicesCommandTests
{
    [Test]
    public void Devices_AsJson_AreThreeOfWhichTwoAreUsable()
    {
        JsonElement devices = CommandRun.Json("devices").GetProperty("devices");
        Assert.Multiple(() =>
        {
            Assert.That(
                devices.EnumerateArray().Select(d => d.GetProperty("name").GetString()),
                Is.EqualTo(new[] { "reference", "cpu", "cuda" }));
            Assert.That(
                devices.EnumerateArray().Select(d => d.GetProperty("isUsable").GetBoolean()),
                Is.EqualTo(new[] { true, true, false }));
            Assert.That(devices[1].GetProperty("cores").GetInt32(), Is.Positive);
            Assert.That(devices[1].GetProperty("instructionSet").GetString(), Is.Not.Empty);
            Assert.That(devices[1].GetProperty("memoryBytes").GetInt64(), Is.Positive);
        });
    }

    [Test]
    public void Devices_AsTable_SaysWhyCudaIsNotUsable() =>
        Assert.That(CommandRun.Of("devices").Output, Does.Contain("this build has no CUDA backend"));
}
