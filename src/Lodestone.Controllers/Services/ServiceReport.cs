using Lodestone.Api.Cluster;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Controllers.LoadBalancers;

namespace Lodestone.Controllers.Services;

/// <summary>What a Service's status is to say. Pure.</summary>
/// <param name="Ingress">The addresses at which it is reached.</param>
/// <param name="Served">The condition <see cref="ServedType"/>.</param>
/// <param name="Honoured">The condition <see cref="HonouredType"/>.</param>
internal sealed record ServiceReport(IReadOnlyList<string> Ingress, Finding Served, Finding Honoured)
{
    /// <summary>Whether clients reach it.</summary>
    internal const string ServedType = "lodestone.dev/Served";

    /// <summary>Whether all that it asks for is done.</summary>
    internal const string HonouredType = "lodestone.dev/SpecHonoured";

    /// <summary>Reason while the load balancer is not ready; what it waits for changes too often to be told each time.</summary>
    internal const string Pending = "LoadBalancerPending";

    private const string Vip = "VIP";

    /// <param name="service">The Service.</param>
    /// <param name="lb">Its load balancer; null: there is none.</param>
    /// <param name="obstacle">What keeps it from being served; null: nothing that the load balancer does not say itself.</param>
    /// <param name="ignored">What it asks for and nobody does.</param>
    internal static ServiceReport Of(Service service, LoadBalancer? lb, Finding? obstacle, IEnumerable<string> ignored)
    {
        bool isProgrammed = obstacle is null && lb?.Status?.Conditions.IsTrue(LoadBalancerConditions.Programmed) == true;
        string[] published = [.. IngressOf(service).Select(i => i.Ip).OfType<string>()];

        // An address appears when gateways serve it, and stays while it is the load balancer's: clients that know it gain nothing by its going.
        string[] ingress = [.. (lb is { IsBeingDeleted: false } ? lb.Status?.Ips ?? [] : []).Where(ip => isProgrammed || published.Contains(ip))];
        Finding served = obstacle
            ?? (isProgrammed && ingress.Length > 0
                ? new Finding(true, "Served", $"LoadBalancer {lb!.Metadata.Name} serves {string.Join(", ", ingress)}")
                : new Finding(false, Pending, PendingMessage(lb)));
        string text = string.Join("; ", ignored);
        return new ServiceReport(
            ingress,
            served,
            text.Length == 0 ? new Finding(true, "Honoured", "all that the spec asks of a load balancer is done") : new Finding(false, "FieldsIgnored", text));
    }

    /// <summary>The entries that a Service's status has.</summary>
    internal static List<ServiceIngress> IngressOf(Service service) => service.Status?.LoadBalancer?.Ingress ?? [];

    /// <summary>Makes a status say it. Entries that say the same stay as they are: clusters before 1.29 keep no mode.</summary>
    internal void Apply(ServiceStatus status, long? generation, DateTimeOffset now)
    {
        List<ServiceIngress> before = status.LoadBalancer?.Ingress ?? [];
        if (!before.Select(i => i.Ip).SequenceEqual(Ingress) || before.Exists(i => i.IpMode is not (null or Vip) || i.Hostname is not null))
        {
            status.LoadBalancer = new ServiceLoadBalancer { Ingress = Ingress.Count == 0 ? null : [.. Ingress.Select(ip => new ServiceIngress { Ip = ip, IpMode = Vip })] };
        }

        Set(status, ServedType, Served, generation, now);
        Set(status, HonouredType, Honoured, generation, now);
    }

    /// <summary>Takes all that is ours out of a status.</summary>
    internal static void Clear(ServiceStatus status)
    {
        status.LoadBalancer = new ServiceLoadBalancer();
        status.Conditions = status.Conditions.Without(ServedType).Without(HonouredType);
    }

    /// <summary>Whether a Service's status has something of ours.</summary>
    internal static bool IsIn(Service service) => service.Status?.Conditions.Of(ServedType) is not null;

    private static void Set(ServiceStatus status, string type, Finding finding, long? generation, DateTimeOffset now) =>
        status.Conditions = status.Conditions.With(type, finding.IsTrue, finding.Reason, finding.Message, generation, now);

    private static string PendingMessage(LoadBalancer? lb)
    {
        Condition? first = lb?.Status?.Conditions?.Find(c => c.Status == "False");
        string name = lb?.Metadata.Name ?? "";
        return first is null ? $"LoadBalancer {name} is on its way" : $"LoadBalancer {name} is not ready: {first.Message}";
    }
}
