namespace Lodestone.Bpf.Bench;

/// <summary>C's <c>enum bench_shape</c>: where a packet's flow is written. Odd ones are IPv6.</summary>
internal enum BenchShape : uint
{
    /// <summary>Ports behind the IP header.</summary>
    Ipv4 = 0,

    /// <summary>The same of IPv6.</summary>
    Ipv6 = 1,

    /// <summary>An ICMP error, which quotes the flow.</summary>
    Ipv4Error = 2,

    /// <summary>An ICMPv6 error.</summary>
    Ipv6Error = 3,

    /// <summary>A fragment; the packet's id is the flow's, too.</summary>
    Ipv4Fragment = 4,

    /// <summary>A fragment of IPv6, ports behind the fragment header.</summary>
    Ipv6Fragment = 5,
}
