using Lodestone.Api.Meta;

namespace Lodestone.Api.Platform;

/// <summary>An allocated address and who holds it; can't change.</summary>
public sealed class IPAddressSpec
{
    /// <summary>The address in its canonical text form (RFC 5952 for IPv6).</summary>
    public string Ip { get; set; } = "";
    /// <summary>The pool it came from; absent for an internal address.</summary>
    public LocalObjectReference? PoolRef { get; set; }
    /// <summary>The network it is unique in; absent for a public address.</summary>
    public LocalUidReference? NetworkRef { get; set; }
    /// <summary>Who holds it.</summary>
    public ClaimRef? ClaimRef { get; set; }
}
