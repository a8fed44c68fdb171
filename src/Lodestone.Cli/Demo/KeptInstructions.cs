using Lodestone.Cli.Demo.Report;
using Lodestone.Cli.Terminal;

namespace Lodestone.Cli.Demo;

/// <summary>What one can try in a demo that was kept.</summary>
internal static class KeptInstructions
{
    /// <summary>Prints the lines, ready to be copied.</summary>
    public static void Print(StepConsole console, DemoEnvironment environment, DemoReport report)
    {
        string kubectl = $"ip netns exec {environment.Lab.HostA.Namespace.Name} kubectl --kubeconfig {environment.Paths.Kubeconfig}";
        string client = environment.Lab.Client.Namespace.Name;
        console.Line($"{kubectl} get hosts,pool,net,nic,lb,lbr");
        console.Line($"{kubectl} describe lb loadbalancer-sample");
        console.Line($"{kubectl} label nic web-2 app-");
        foreach (FamilyReport family in (FamilyReport[])[.. new[] { report.Ipv4, report.Ipv6 }.OfType<FamilyReport>()])
        {
            string host = family.Vip.Contains(':', StringComparison.Ordinal) ? $"[{family.Vip}]" : family.Vip;
            console.Line($"ip netns exec {client} curl -s 'http://{host}/'");
        }

        console.Line($"logs: {environment.Paths.Logs}");
        console.Line("lodestone demo --clean     removes it");
    }
}
