namespace DenseNetRaw.Autograd;

/// <summary>What follows from a storage's role.</summary>
public static class StorageRoles
{
    /// <summary>Whether a storage of this role outlives every step and so lies outside the arena.</summary>
    public static bool IsPersistent(this StorageRole role) => role is StorageRole.Parameter
        or StorageRole.ParameterGradient or StorageRole.Momentum or StorageRole.RunningStatistics or StorageRole.Batch;

    /// <summary>Whether a storage of this role holds something within one node's calls alone.</summary>
    public static bool IsTransient(this StorageRole role) => role is StorageRole.Scratch or StorageRole.Workspace;
}
