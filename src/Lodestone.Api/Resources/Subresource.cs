using Lodestone.Api.Schemas;

namespace Lodestone.Api.Resources;

/// <summary>A path below an object that is served beside the object itself, as discovery lists it.</summary>
/// <param name="Name">Last part of the path: <c>status</c>, <c>token</c>, <c>finalize</c>.</param>
/// <param name="Verbs">What can be done with it, sorted.</param>
public sealed record Subresource(string Name, IReadOnlyList<string> Verbs)
{
    /// <summary>Group, version and kind that are read and answered, where they are not the resource's own.</summary>
    public (string Group, string Version, string Kind)? ResponseKind { get; init; }

    /// <summary>What that kind's JSON may be.</summary>
    public Schema? Schema { get; init; }
}
