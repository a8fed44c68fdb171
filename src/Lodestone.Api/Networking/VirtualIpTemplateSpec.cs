using Lodestone.Api.Meta;

namespace Lodestone.Api.Networking;

/// <summary>What an ephemeral VirtualIP is to be.</summary>
public sealed class VirtualIpTemplateSpec
{
    /// <summary><c>Public</c>.</summary>
    public string? Type { get; set; }
    /// <summary><c>IPv4</c> or <c>IPv6</c>.</summary>
    public string? IpFamily { get; set; }
    /// <summary>The interface it belongs to.</summary>
    public LocalUidReference? TargetRef { get; set; }
    /// <summary><c>Retain</c> or <c>Delete</c>; empty is <c>Delete</c>.</summary>
    public string? ReclaimPolicy { get; set; }
}
