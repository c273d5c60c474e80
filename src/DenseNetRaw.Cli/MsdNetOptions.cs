using System.CommandLine;
using System.Globalization;
using DenseNetRaw.Models;

namespace DenseNetRaw.Cli;

/// <summary>The flags that change the extents of an MSDNet.</summary>
internal sealed class MsdNetOptions : FamilyOptions
{
    private readonly Option<int?> _blocks = new("--blocks") { Description = "classifiers of an MSDNet" };
    private readonly Option<int?> _base = new("--base") { Description = "layers before the first classifier" };
    private readonly Option<int?> _step = new("--step")
    {
        Description = "layers from one classifier to the next, or by how many they become more",
    };
    private readonly Option<string?> _stepMode = new("--step-mode")
    {
        Description = "layers between classifiers: even, or lin_grow for ever more",
    };
    private readonly Option<int[]?> _growthFactors = NewFactors(
        "--growth-factors", "by what channels and growth rate are multiplied at each scale, such as 1-2-4");
    private readonly Option<int[]?> _bottleneckFactors = NewFactors(
        "--bottleneck-factors",
        "bottleneck channels at each scale in channels of their layer, such as 1-2-4; 0 for none");
    private readonly Option<string?> _prune = new("--prune")
    {
        Description = "where the finer scales end: max, evenly, or min, as late as can be",
    };
    private readonly Option<double?> _reduction = RealOption.NewOptional(
        "--reduction", "share of channels that an MSDNet's transitions let through; 0 for no transitions");

    private readonly Option<int?> _classifierChannels = new("--classifier-channels")
    {
        Description = "channels of an MSDNet's classifiers' convolutions; 0 for as many as they read",
    };

    /// <summary>The flags.</summary>
    public MsdNetOptions()
    {
        _stepMode.TakeOnly("even", "lin_grow");
        _prune.TakeOnly("max", "min");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Option> All =>
        [_blocks, _base, _step, _stepMode, _growthFactors, _bottleneckFactors, _prune, _reduction, _classifierChannels];

    /// <inheritdoc/>
    public override string Models => "an MSDNet";

    /// <inheritdoc/>
    public override bool AreFor(ModelConfiguration model) => model is MsdNetConfiguration;

    /// <inheritdoc/>
    public override ModelConfiguration Override(ModelConfiguration model, ParseResult command)
    {
        MsdNetConfiguration extents = (MsdNetConfiguration)model;
        return extents with
        {
            Blocks = command.GetValue(_blocks) ?? extents.Blocks,
            Base = command.GetValue(_base) ?? extents.Base,
            Step = command.GetValue(_step) ?? extents.Step,
            StepMode = command.GetValue(_stepMode) switch
            {
                "even" => MsdNetStepMode.Even,
                "lin_grow" => MsdNetStepMode.LinearGrowth,
                _ => extents.StepMode,
            },
            GrowthFactors = command.Given(_growthFactors) ?? extents.GrowthFactors,
            BottleneckFactors = command.Given(_bottleneckFactors) switch
            {
                null => extents.BottleneckFactors,
                [0] => [],
                { } factors => factors,
            },
            Prune = command.GetValue(_prune) switch
            {
                "max" => MsdNetPruning.Max,
                "min" => MsdNetPruning.Min,
                _ => extents.Prune,
            },
            Reduction = command.GetValue(_reduction) ?? extents.Reduction,
            ClassifierChannels = command.GetValue(_classifierChannels) ?? extents.ClassifierChannels,
        };
    }

    /// <summary>A flag that takes a factor for each scale, as the authors write them.</summary>
    private static Option<int[]?> NewFactors(string name, string description) =>
        Flags.NewList<int>(name, description, "whole numbers", NumberStyles.None, null, ',', '-');
}
