using System.Text.Json;
using NUnit.Framework;

namespace DenseNetRaw.Tests.Cli;

/// <summary>
/// Counts of parameters and multiply-adds as the papers, torchvision and the authors' code have them: expected numbers
/// from facts/lineage.md, sections 1.2 and 1.2b (convolutions without bias, gamma and beta, linear layer with bias;
/// multiply-adds of convolutions and linear layer, one image, forward).
/// </summary>
public sealed class DescribeCommandTests
{
    [TestCase("densenet-40-12", 1_019_722, 1_060_132, 264_812_928, 448)]
    [TestCase("densenet-40-12 --initial-channels 24", 1_059_298, 1_100_428, 282_917_328, 456)]
    [TestCase("densenet-100-12", 6_979_642, 7_084_852, 1_769_516_448, 1168)]
    [TestCase("densenet-100-12 --initial-channels 24", 7_083_538, 7_189_468, 1_816_743_408, 1176)]
    [TestCase("densenet-100-24", 27_249_082, 27_457_972, 6_889_347_744, 2320)]
    [TestCase("densenet-100-24 --initial-channels 48", 28_071_706, 28_283_476, 7_265_623_008, 2352)]
    [TestCase("densenet-bc-100-12", 769_162, 800_032, 287_929_692, 342)]
    [TestCase("densenet-bc-250-24", 15_324_406, 15_480_556, 5_418_785_724, 1734)]
    [TestCase("densenet-bc-190-40", 25_624_430, 25_821_620, 9_301_945_740, 2190)]
    [TestCase("densenet-bc-40-36", 1_542_682, 1_578_412, 647_298_936, 396)]
    [TestCase("densenet-bc-40-48", 2_733_130, 2_780_740, 1_149_867_168, 528)]
    [TestCase("densenet-bc-40-60", 4_261_690, 4_321_180, 1_795_836_360, 660)]
    [TestCase("densenet-bc-40-12", 176_122, 188_092, 72_365_352, 132)]
    [TestCase("densenet-bc-22-12", 71_686, 77_986, 31_238_322, 69)]
    public void Describe_OfACifarNetwork_CountsAsPublished(
        string model, long parameters10, long parameters100, long multiplyAdds10, int finalChannels)
    {
        Assert.That(Counts($"{model} --classes 10"), Is.EqualTo((parameters10, multiplyAdds10)));
        long multiplyAdds100 = multiplyAdds10 + (90L * finalChannels);
        Assert.That(Counts($"{model} --classes 100"), Is.EqualTo((parameters100, multiplyAdds100)));
    }

    [Test]
    public void Describe_WithAnotherCompression_CountsOtherNumbers()
    {
        Assert.That(Counts("densenet-bc-22-12 --compression 0.5"), Is.EqualTo(Counts("densenet-bc-22-12")));
        Assert.That(
            Counts("densenet-bc-22-12 --compression 1").Item1, Is.GreaterThan(Counts("densenet-bc-22-12").Item1));
    }

    [TestCase("densenet121", 7_978_856, 6_964_106, 7_056_356, 2_834_161_664, 1024)]
    [TestCase("densenet169", 14_149_480, 12_501_130, 12_650_980, 3_359_843_328, 1664)]
    [TestCase("densenet201", 20_013_928, 18_112_138, 18_285_028, 4_291_365_888, 1920)]
    [TestCase("densenet161", 28_681_000, 26_494_090, 26_692_900, 7_727_907_072, 2208)]
    [TestCase("densenet264", 33_337_704, 30_675_594, 30_917_604, 5_751_653_376, 2688)]
    [TestCase(
        "densenet264 --growth-rate 48 --block-config 6,12,48,48", 55_570_984, 51_958_474, 52_286_884, 10_119_129_600,
        3648)]
    [TestCase("densenet264 --growth-rate 48", 72_686_632, 68_693_962, 69_056_932, 12_850_693_632, 4032)]
    public void Describe_OfAnImageNetNetwork_CountsAsPublished(
        string model, long parameters1000, long parameters10, long parameters100, long multiplyAdds1000,
        int finalChannels)
    {
        Assert.That(Counts(model), Is.EqualTo((parameters1000, multiplyAdds1000)));
        long MultiplyAdds(int classes) => multiplyAdds1000 - ((1000L - classes) * finalChannels);
        Assert.That(Counts($"{model} --classes 10"), Is.EqualTo((parameters10, MultiplyAdds(10))));
        Assert.That(Counts($"{model} --classes 100"), Is.EqualTo((parameters100, MultiplyAdds(100))));
    }

    // Pleiss et al. 2017, arXiv:1707.06990, figure 4: the depths of its right panel.
    [TestCase(34, 137_542)]
    [TestCase(64, 368_122)]
    [TestCase(94, 692_902)]
    [TestCase(124, 1_111_882)]
    [TestCase(154, 1_625_062)]
    [TestCase(184, 2_232_442)]
    [TestCase(214, 2_934_022)]
    [TestCase(244, 3_729_802)]
    [TestCase(256, 4_074_490)]
    [TestCase(274, 4_619_782)]
    [TestCase(304, 5_603_962)]
    [TestCase(334, 6_682_342)]
    [TestCase(346, 7_140_070)]
    [TestCase(364, 7_854_922)]
    [TestCase(394, 9_121_702)]
    [TestCase(424, 10_482_682)]
    [TestCase(454, 11_937_862)]
    [TestCase(478, 13_169_830)]
    public void Describe_OfDepthsOfTheMemoryPaper_CountsItsParameters(int depth, long parameters) =>
        Assert.That(Counts($"densenet-bc-{depth}-12").Parameters, Is.EqualTo(parameters));

    [TestCase("densenet-bc-100-12 --compression 1", 1_210_066)]
    [TestCase("densenet-100-12 --compression 0.5", 4_013_370)]
    [TestCase("densenet-40-12 --compression 0.5 --initial-channels 24", 599_050)]
    public void Describe_OfAblations_CountsTheirParameters(string model, long parameters) =>
        Assert.That(Counts(model).Parameters, Is.EqualTo(parameters));

    [TestCase("densenet-40-12", "16->160 T160 160->304 T304 304->448")]
    [TestCase("densenet-100-12", "16->400 T400 400->784 T784 784->1168")]
    [TestCase("densenet-100-24", "16->784 T784 784->1552 T1552 1552->2320")]
    [TestCase("densenet-bc-100-12", "24->216 T108 108->300 T150 150->342")]
    [TestCase("densenet-bc-250-24", "48->1032 T516 516->1500 T750 750->1734")]
    [TestCase("densenet-bc-190-40", "80->1320 T660 660->1900 T950 950->2190")]
    [TestCase("densenet-bc-40-36", "72->288 T144 144->360 T180 180->396")]
    [TestCase("densenet-bc-40-48", "96->384 T192 192->480 T240 240->528")]
    [TestCase("densenet-bc-40-60", "120->480 T240 240->600 T300 300->660")]
    [TestCase("densenet-bc-40-12", "24->96 T48 48->120 T60 60->132")]
    [TestCase("densenet-bc-22-12", "24->60 T30 30->66 T33 33->69")]
    [TestCase("densenet121", "64->256 T128 128->512 T256 256->1024 T512 512->1024")]
    [TestCase("densenet169", "64->256 T128 128->512 T256 256->1280 T640 640->1664")]
    [TestCase("densenet201", "64->256 T128 128->512 T256 256->1792 T896 896->1920")]
    [TestCase("densenet161", "96->384 T192 192->768 T384 384->2112 T1056 1056->2208")]
    [TestCase("densenet264", "64->256 T128 128->512 T256 256->2304 T1152 1152->2688")]
    [TestCase("densenet264 --growth-rate 48", "96->384 T192 192->768 T384 384->3456 T1728 1728->4032")]
    [TestCase(
        "densenet264 --growth-rate 48 --block-config 6,12,48,48",
        "96->384 T192 192->768 T384 384->2688 T1344 1344->3648")]
    public void Describe_OfANetwork_HasTheChannelsOfItsBlocks(string model, string channels)
    {
        JsonElement layers = CommandRun.Json($"describe --model {model}").GetProperty("layers");
        string found = "";
        foreach (JsonElement layer in layers.EnumerateArray())
        {
            string name = layer.GetProperty("name").GetString()!;
            int input = layer.GetProperty("input")[1].GetInt32(), output = layer.GetProperty("output")[1].GetInt32();
            bool isTransition = name.StartsWith("features.transition", StringComparison.Ordinal)
                && name.EndsWith(".conv", StringComparison.Ordinal);
            found += name switch
            {
                _ when name.EndsWith(".denselayer1.conv1", StringComparison.Ordinal) => $"{input}->",
                _ when isTransition => $"{input} T{output} ",
                "features.norm_final" or "features.norm5" => $"{input}",
                _ => "",
            };
        }

        Assert.That(found, Is.EqualTo(channels));
    }

    private static (long Parameters, long MultiplyAdds) Counts(string model)
    {
        JsonElement description = CommandRun.Json($"describe --model {model}");
        return (description.GetProperty("parameters").GetInt64(), description.GetProperty("multiplyAdds").GetInt64());
    }
}
