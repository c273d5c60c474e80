using System.Text.Json;
using DenseNetRaw.Autograd;

namespace DenseNetRaw.Cli;

/// <summary>What bytes are for, as tables, charts and JSON call it: the roles of storages.</summary>
internal static class Categories
{
    /// <summary>The role's key in JSON documents.</summary>
    public static string Key(StorageRole role) => JsonNamingPolicy.CamelCase.ConvertName(role.ToString());

    /// <summary>The role in words. Labels, a few hundred bytes, count as input.</summary>
    public static string Words(StorageRole role) => role switch
    {
        StorageRole.Input or StorageRole.Labels => "input",
        StorageRole.Feature => "features",
        StorageRole.Concatenation => "concatenations",
        StorageRole.Bottleneck => "bottleneck outputs",
        StorageRole.Normalised => "normalised copies",
        StorageRole.FeatureGradient => "gradients",
        StorageRole.ChannelVector => "statistics",
        StorageRole.Scratch => "scratch",
        StorageRole.Workspace => "workspace",
        StorageRole.Parameter => "parameters",
        StorageRole.ParameterGradient => "parameter gradients",
        StorageRole.Momentum => "optimiser state",
        StorageRole.Batch => "batches on their way",
        _ => "running statistics",
    };
}
