using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Load;

/// <summary>How many flows of each kind there are for each address of a load balancer.</summary>
/// <param name="Datagrams">UDP flows.</param>
/// <param name="Streams">TCP streams.</param>
/// <param name="Kept">Kept HTTP connections.</param>
/// <param name="New">Sources of new connections, ten a second each.</param>
internal sealed record LoadSize(int Datagrams, int Streams, int Kept, int New)
{
    /// <summary>For one that all gateways serve: enough that each has some of every kind. For one that one gateway serves: fewer will do.</summary>
    /// <param name="balancer">The load balancer.</param>
    /// <param name="isSmall">As few as there may be.</param>
    public static LoadSize Of(SiteBalancer balancer, bool isSmall) => (balancer.IsLayer3, isSmall) switch
    {
        (true, false) => new(12, 8, 12, 2),
        (true, true) => new(10, 6, 8, 1),
        (false, false) => new(4, 2, 4, 1),
        (false, true) => new(2, 1, 2, 1),
    };
}
