namespace Lodestone.Conformance.Tests.Harness;

/// <summary>
/// Says that Lodestone and Kubernetes' own API server differ in a case. The case asserts both sides (<see cref="ConformanceCase.Differs"/>), or,
/// where there is nothing to see in the other's, says so (<see cref="IsInapplicable"/>). docs/api/compatibility.md is made from these.
/// </summary>
/// <param name="kubernetes">What Kubernetes' does.</param>
/// <param name="lodestone">What Lodestone does, and why.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DiffersAttribute(string kubernetes, string lodestone) : Attribute
{
    public string Kubernetes { get; } = kubernetes;

    public string Lodestone { get; } = lodestone;

    /// <summary>The minor version (1.x) since when Kubernetes does as Lodestone does; 0: never.</summary>
    public int Since { get; init; }

    /// <summary>Whether only objects of our kinds differ, since a CustomResourceDefinition can't say it.</summary>
    public bool IsOfCustomResource { get; init; }

    /// <summary>Whether the case says nothing about a server that differs.</summary>
    public bool IsInapplicable { get; init; }

    /// <summary>Whether a server of Kubernetes' own, of a minor version, differs.</summary>
    public bool Concerns(int minor) => Since == 0 || minor < Since;
}
