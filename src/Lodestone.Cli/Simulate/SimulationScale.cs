using System.Text.Json.Serialization;

namespace Lodestone.Cli.Simulate;

/// <summary>How large a simulated site is.</summary>
/// <param name="Hosts">Machines, gateways among them.</param>
/// <param name="Gateways">Machines that serve public VIPs; they have no network interfaces.</param>
/// <param name="Networks">Networks, each in a namespace of its own.</param>
/// <param name="LoadBalancers">Public load balancers, each with one IPv4 address; spread evenly over the networks.</param>
/// <param name="Interfaces">Network interfaces, each the target of one load balancer; spread evenly over the machines that are no gateways.</param>
internal sealed record SimulationScale(int Hosts, int Gateways, int Networks, int LoadBalancers, int Interfaces)
{
    private const int MaxTargets = 1000;

    /// <summary>Machines with network interfaces.</summary>
    [JsonIgnore]
    public int Hypervisors => Hosts - Gateways;

    /// <summary>Why there can't be such a site; null: there can.</summary>
    [JsonIgnore]
    public string? Problem =>
        Gateways < 2 ? $"--gateways: {Gateways} is too few to lose one; at least 2"
        : Hypervisors < 1 ? $"--hosts: {Hosts} with {Gateways} gateways leaves no machine for network interfaces"
        : Networks < 1 || LoadBalancers < Networks ? $"--load-balancers: {LoadBalancers} for {Networks} networks; at least one for each"
        : Interfaces < LoadBalancers || Interfaces > (long)LoadBalancers * MaxTargets
            ? $"--interfaces: {Interfaces} for {LoadBalancers} load balancers; 1 to {MaxTargets} for each"
        : Interfaces >= 1 << 24 ? $"--interfaces: {Interfaces} is more than 10.0.0.0/8 has addresses"
        : null;

    /// <summary>The same site, smaller; of each at least what a site needs.</summary>
    public SimulationScale At(double percent)
    {
        int gateways = Math.Max(2, Share(Gateways)), networks = Math.Max(1, Share(Networks));
        int balancers = Math.Max(networks, Share(LoadBalancers));
        return new SimulationScale(Math.Max(gateways + 1, Share(Hosts)), gateways, networks, balancers, Math.Max(balancers, Share(Interfaces)));

        int Share(int whole) => (int)Math.Round(whole * percent / 100);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Hosts:N0} hosts, {LoadBalancers:N0} load balancers, {Interfaces:N0} network interfaces";
}
