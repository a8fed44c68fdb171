using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Lodestone.Api.Networking;

namespace Lodestone.Api.Platform;

/// <summary>Tells two contents of a <see cref="LoadBalancerRoutingSlice"/> apart, whoever wrote and stored them.</summary>
public static class RoutingFingerprint
{
    private const int Bytes = 16;
    private static readonly ConditionalWeakTable<LoadBalancerRoutingSlice, string> Known = [];

    /// <summary>The first 128 bits of SHA-256 over the content, in hexadecimal. Metadata and the routing's name don't count.</summary>
    public static string Of(LoadBalancerRoutingSlice slice)
    {
        ArgumentNullException.ThrowIfNull(slice);
        var text = new StringBuilder();
        foreach (LoadBalancerDestination d in slice.Destinations ?? [])
        {
            AddWeight(AddTarget(text, 'd', d.Name, d.Uid, d.Ip, d.TargetRef), d.Weight).Append('\n');
        }

        foreach (RingMembers change in slice.RingHistory ?? [])
        {
            Add(text.Append('h'), change.Generation.ToString(CultureInfo.InvariantCulture));
            AddMembers(text, '+', change.Added);
            AddMembers(text, '-', change.Removed);
            text.Append('\n');
        }

        foreach (LoadBalancerDraining d in slice.Draining ?? [])
        {
            AddTarget(text, 'l', d.Name, d.Uid, d.Ip, d.TargetRef);
            Add(text, d.Deadline.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)).Append(d.Unhealthy == true ? "u\n" : "\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, Bytes));
    }

    /// <summary>The same, computed once for an object that nobody modifies any more, such as one in an informer's cache.</summary>
    internal static string OfShared(LoadBalancerRoutingSlice slice) => Known.GetValue(slice, Of);

    private static StringBuilder AddTarget(StringBuilder text, char kind, string? name, string? uid, string? ip, LoadBalancerTargetRef? target)
    {
        Add(Add(Add(text.Append(kind), name), uid), ip);
        return target is null ? text.Append('?') : Add(Add(Add(text.Append('!'), target.Uid), target.Name), target.ProviderID);
    }

    private static void AddMembers(StringBuilder text, char kind, List<RingMember>? members)
    {
        foreach (RingMember member in members ?? [])
        {
            AddWeight(Add(Add(text.Append(kind), member.Uid), member.Ip), member.Weight);
        }
    }

    // Nothing where there is none: what was written before there were weights reads the same.
    private static StringBuilder AddWeight(StringBuilder text, int? weight) => weight is { } w ? Add(text.Append('w'), w.ToString(CultureInfo.InvariantCulture)) : text;

    // Length first: no two different rows of values read the same.
    private static StringBuilder Add(StringBuilder text, string? value) =>
        value is null ? text.Append('~') : text.Append(CultureInfo.InvariantCulture, $"{value.Length}:").Append(value);
}
