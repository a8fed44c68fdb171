using System.Net;

namespace Lodestone.Cli.Lab.Site;

/// <summary>A load balancer of a site.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Vips">Its addresses, IPv4 and IPv6.</param>
internal sealed record SiteBalancer(string Name, IReadOnlyList<IPAddress> Vips)
{
    /// <summary>Whether routers are told of it; otherwise one gateway answers for it on the segment.</summary>
    public bool IsLayer3 => Name == SitePlan.Layer3Balancer;
}
