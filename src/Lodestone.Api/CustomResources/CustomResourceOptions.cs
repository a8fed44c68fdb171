namespace Lodestone.Api.CustomResources;

/// <summary>What a CustomResourceDefinition may say beyond what every Kubernetes since 1.16 understands.</summary>
public sealed record CustomResourceOptions
{
    /// <summary>Whether it names the fields that a <c>fieldSelector</c> may use: Kubernetes 1.31 and newer understand them, older ones drop them.</summary>
    public bool WithSelectableFields { get; init; }
}
