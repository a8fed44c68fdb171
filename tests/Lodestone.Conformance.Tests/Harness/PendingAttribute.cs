namespace Lodestone.Conformance.Tests.Harness;

/// <summary>Says that Lodestone doesn't do it yet; the case is counted as skipped.</summary>
/// <param name="reason">What is missing.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class PendingAttribute(string reason) : Attribute
{
    public string Reason { get; } = reason;
}
