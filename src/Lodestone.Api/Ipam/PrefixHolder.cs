namespace Lodestone.Api.Ipam;

/// <summary>Who has a part of a <see cref="Prefix"/>.</summary>
public sealed class PrefixHolder
{
    /// <summary>The part, as in <see cref="PrefixStatus.Used"/>.</summary>
    public string Prefix { get; set; } = "";
    /// <summary>Name of the <see cref="PrefixAllocation"/> it is given to, in the same namespace.</summary>
    public string Allocation { get; set; } = "";
}
