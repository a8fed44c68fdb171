using System.Net.Sockets;

using Lodestone.Cli.Lab.Site;
using Lodestone.Cli.Terminal;

namespace Lodestone.Cli.Lab;

/// <summary>What one can try in a lab that stands.</summary>
internal static class LabInstructions
{
    /// <summary>Prints the lines, ready to be copied.</summary>
    public static void Print(StepConsole console, LabSite site, string name)
    {
        string Enter(string node) => $"ip netns exec lodestone-{site.Lab.Id}-{node}";
        string option = name == LabCommandNames.Default ? "" : $" --name {name}";
        SiteBalancer layer3 = site.Balancers[0];
        console.Line($"{Enter(SitePlan.ApiServer)} kubectl --kubeconfig {site.Paths.Kubeconfig} get hosts,lb,lbr,nic,bgppeers");
        foreach (System.Net.IPAddress vip in layer3.Vips)
        {
            console.Line($"{Enter("clients")} curl -s 'http://{(vip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{vip}]" : vip)}/'");
        }

        console.Line($"{Enter("tor")} vtysh --vty_socket {site.Paths.Router} -c 'show bgp ipv4 unicast'");
        console.Line($"{Enter("tor")} ip route; {Enter("tor")} ip neigh");
        console.Line($"{Enter("gw-1")} lodestone events --pin-dir {site.Paths.Pins}/gw-1");
        console.Line($"logs: {site.Paths.Logs}");
        console.Line($"lodestone lab run{option}      runs the scenarios");
        console.Line($"lodestone lab down{option}     removes it");
    }
}
