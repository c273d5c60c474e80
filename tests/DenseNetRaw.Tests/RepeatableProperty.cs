using FsCheck;

namespace DenseNetRaw.Tests;

/// <summary>Checks a property on the same hundred cases every time.</summary>
public static class RepeatableProperty
{
    public static void CheckRepeatably(this Property property) =>
        property.Check(Config.QuickThrowOnFailure.WithReplay(1, 1).WithQuietOnSuccess(true));
}
