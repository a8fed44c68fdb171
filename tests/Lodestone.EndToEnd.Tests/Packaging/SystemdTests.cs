using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;

using Lodestone.Api.Meta;
using Lodestone.Api.Platform;
using Lodestone.Cli.Lab.Routing;
using Lodestone.EndToEnd.Tests.Bgp;
using Lodestone.EndToEnd.Tests.Services;
using Lodestone.EndToEnd.Tests.Translation;

using static Lodestone.EndToEnd.Tests.Lab.LabObjects;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.EndToEnd.Tests.Packaging;

/// <summary>The package on a machine that systemd runs: what docs/operations/debian.md and bgp.md have an administrator do, and what they say becomes of packets.</summary>
[Collection(MachineCollection.Name)]
public sealed partial class SystemdTests
{
    private const string Agent = "lodestone-agent";
    private const string Pins = "/sys/fs/bpf/lodestone";
    private const string NoCapability = "";

    private static readonly string[] Units = ["lodestone-server", "lodestone-controller", Agent];

    [Fact]
    public async Task Package_OnAMachineOfSystemd_ServesUntilItIsPurged()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && DebianPackage.IsNative, "needs root, and the native executable (LODESTONE_EXECUTABLE), of which packages are made");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(4));
        CancellationToken token = limit.Token;
        await using SystemdSite site = await SystemdSite.CreateAsync(token);
        SystemdMachine machine = site.Machine;

        // Installing starts nothing and enables nothing.
        await site.InstallAsync(SystemdSite.Former);
        foreach (string unit in Units)
        {
            Assert.Equal("inactive", await machine.PropertyAsync(unit, "ActiveState"));
            Assert.Equal("disabled", await machine.PropertyAsync(unit, "UnitFileState"));
        }

        // A first machine, as documented; and controllers beside those of the server.
        await site.StartAsync();
        await machine.RunAsync(
            "lodestone", "credentials", "controller", "--data-dir", "/var/lib/lodestone/server", "--server", site.ServerUrl, "--out", "/etc/lodestone/controller.kubeconfig");
        await machine.RunAsync("chown", "lodestone:", "/etc/lodestone/controller.kubeconfig");
        await machine.RunAsync("systemctl", "enable", "--now", "lodestone-controller");
        await AssertUnitAsync(machine, "lodestone-server", "lodestone", NoCapability, 1.6);
        await AssertUnitAsync(machine, "lodestone-controller", "lodestone", NoCapability, 1.6);
        await AssertUnitAsync(machine, Agent, "root", CapabilitiesOf(bgp: false), 3.0);
        await site.BalanceAsync("Layer2", token);
        await WaitUntilReachedAsync(site, site.Vips, token);
        site.Packets.Start(site.Lab, site.Vips);

        // A restart, an agent that hangs, which systemd finds by its watchdog, and an upgrade lose no packet.
        Directory.CreateDirectory($"{machine.Root}/run/systemd/system/{Agent}.service.d");
        await site.WriteAsync($"/run/systemd/system/{Agent}.service.d/watchdog.conf", "[Service]\nWatchdogSec=3\n");
        await machine.RunAsync("systemctl", "daemon-reload");
        await site.ReachWhileAsync(site.Lab.Client.Namespace, RestartAsync(machine, Agent), token);
        await site.ReachWhileAsync(site.Lab.Client.Namespace, SignalAsync(machine, Agent, "STOP", token), token);
        Assert.Contains("Watchdog timeout", await machine.RunAsync("journalctl", "--no-pager", "--unit", Agent), StringComparison.Ordinal);
        string[] before = await MainPidsAsync(machine);
        await site.ReachWhileAsync(site.Lab.Client.Namespace, site.InstallAsync(SystemdSite.Next), token);
        string[] after = await MainPidsAsync(machine);
        Assert.All(before.Zip(after), pair => Assert.NotEqual(pair.First, pair.Second));
        await AssertActiveAsync(machine);
        await AssertFollowsAsync(site, token);

        // Stopped, it serves on.
        await site.ReachWhileAsync(site.Lab.Client.Namespace, machine.RunAsync("systemctl", "stop", Agent), token);
        Assert.Equal("inactive success", $"{await machine.PropertyAsync(Agent, "ActiveState")} {await machine.PropertyAsync(Agent, "Result")}");
        await site.AssertReachedAsync(site.Lab.Client.Namespace, token);
        await machine.RunAsync("systemctl", "start", Agent);

        // Removed, too, and says so.
        (int removed, string output, string said) = await machine.TryRunAsync("dpkg", "--remove", "lodestone");
        Assert.True(removed == 0 && (output + said).Contains("packets are still balanced", StringComparison.Ordinal), output + said);
        Assert.Empty(await machine.RunAsync("systemctl", "list-units", "--no-legend", "--plain", "lodestone-*"));
        await site.AssertReachedAsync(site.Lab.Client.Namespace, token);
        await site.Packets.AssertNoneLostAsync();

        // Purged, nothing is left, and it balances no packet any more.
        await machine.RunAsync("dpkg", "--purge", "lodestone");
        foreach (string path in (string[])[Pins, "/etc/lodestone", "/var/lib/lodestone", "/var/log/lodestone", "/etc/systemd/system/multi-user.target.wants/lodestone-agent.service"])
        {
            Assert.False(Path.Exists(machine.Root + path), path);
        }

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(token);
            soon.CancelAfter(TimeSpan.FromSeconds(1));
            await site.AssertReachedAsync(site.Lab.Client.Namespace, soon.Token);
        });
    }

    [Fact]
    public async Task BgpDropIn_OnAMachineOfSystemd_KeepsRoutesUntilItIsStopped()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && DebianPackage.IsNative, "needs root, and the native executable (LODESTONE_EXECUTABLE), of which packages are made");
        Assert.SkipUnless(FrrRouter.IsInstalled, "needs the Debian package frr (eng/packages.sh)");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(4));
        CancellationToken token = limit.Token;
        await using SystemdSite site = await SystemdSite.CreateAsync(token);
        SystemdMachine machine = site.Machine;
        await using BgpSite routers = await BgpSite.CreateAsync(site.Lab, token);
        await site.InstallAsync(SystemdSite.Former);
        await site.StartAsync("--bgp-shutdown-seconds", "2");

        // As documented.
        await machine.RunAsync("mkdir", "-p", "/etc/systemd/system/lodestone-agent.service.d");
        await machine.RunAsync("ln", "-s", "/usr/lib/lodestone/lodestone-agent-bgp.conf", "/etc/systemd/system/lodestone-agent.service.d/bgp.conf");
        await machine.RunAsync("systemctl", "daemon-reload");
        await machine.RunAsync("systemctl", "restart", Agent);
        await AssertUnitAsync(machine, Agent, "root", CapabilitiesOf(bgp: true), 5.0);
        await BgpSite.CreatePeerAsync(site.Api, site.Lab, null, token);
        await site.BalanceAsync("BGP", token);
        await WaitForRoutesAsync(routers, site, token);
        await BgpSite.WaitForAnnouncedAsync(site.Api, site.Lab.HostA.Name, 2, token);
        site.Packets.Start(site.Lab, site.Vips);
        string[] daemons = await DaemonsAsync(machine);
        Assert.Equal(["bfdd", "bgpd", "zebra"], daemons.Select(daemon => daemon.Split(' ')[0]));

        // A restart, a crash and an upgrade leave the sessions as they are: no packet and no route is lost, for whatever time.
        long connections = await routers.ConnectionsOfAsync(site.Lab.HostA, token);
        await KeepsRoutesAsync(RestartAsync(machine, Agent));
        await KeepsRoutesAsync(SignalAsync(machine, Agent, "KILL", token));
        await KeepsRoutesAsync(site.InstallAsync(SystemdSite.Next));
        await AssertActiveAsync(machine, "lodestone-server", Agent);
        Assert.Equal(daemons, await DaemonsAsync(machine));
        Assert.False(File.Exists($"{machine.Root}/run/lodestone-bgp/hand-over"));
        BGPPeer peer = await site.Api.GetAsync<BGPPeer>(new ObjectKey("", "tor"), token);
        await site.Api.UpdateAsync(peer, p => p.Spec.Communities = ["65001:81"], token);
        await WaitAsync(async () => await routers.CommunitiesOfAsync(Vip4(), site.Lab.HostA, token) == "65001:81", () => "the agent does not follow the BGPPeer any more", token);
        Assert.Equal(connections, await routers.ConnectionsOfAsync(site.Lab.HostA, token));
        await site.Packets.AssertNoneLostAsync();

        // Stopped, it says so, withdraws, and leaves no process.
        await StopsAsync(machine.RunAsync("systemctl", "stop", Agent));
        Assert.Equal("inactive success", $"{await machine.PropertyAsync(Agent, "ActiveState")} {await machine.PropertyAsync(Agent, "Result")}");
        await machine.RunAsync("systemctl", "start", Agent);
        await WaitForRoutesAsync(routers, site, token);

        // Removed, too.
        await StopsAsync(machine.RunAsync("dpkg", "--purge", "lodestone"));
        Assert.False(Path.Exists(machine.Root + Pins));

        IPAddress Vip4() => site.Vips.First(vip => vip.AddressFamily == AddressFamily.InterNetwork);

        async Task KeepsRoutesAsync(Task task)
        {
            Task reached = site.ReachWhileAsync(routers.Client, task, token);
            while (!reached.IsCompleted)
            {
                foreach (IPAddress vip in site.Vips)
                {
                    Assert.Single(await routers.GatewaysOfAsync(vip, token));
                }
            }

            await reached;
        }

        async Task StopsAsync(Task task)
        {
            await routers.WaitForGracefulShutdownAsync(Vip4(), site.Lab.HostA, () => "", token);
            await site.AssertReachedAsync(routers.Client, token);
            await task;
            foreach (IPAddress vip in site.Vips)
            {
                Assert.Empty(await routers.GatewaysOfAsync(vip, token));
            }

            Assert.Empty(await DaemonsAsync(machine));
        }
    }

    /// <summary>That a unit runs with what its file says and the documentation claims: by what systemd knows, and by what the kernel knows.</summary>
    private static async Task AssertUnitAsync(SystemdMachine machine, string unit, string user, string capabilities, double exposure)
    {
        Assert.Equal("active running", $"{await machine.PropertyAsync(unit, "ActiveState")} {await machine.PropertyAsync(unit, "SubState")}");
        Assert.Equal("0", await machine.PropertyAsync(unit, "NRestarts"));
        Dictionary<string, string> status = await machine.StatusOfAsync(unit);
        string id = (await machine.RunAsync("id", "--user", user)).Trim();
        Assert.Equal([id, id, id, id], status["Uid"].Split('\t'));
        Assert.Equal("1 2", $"{status["NoNewPrivs"]} {status["Seccomp"]}");
        foreach (string set in (string[])["CapBnd", "CapPrm", "CapEff"])
        {
            string decoded = (await DebianPackage.RunAsync("capsh", $"--decode={status[set]}")).Trim();
            Assert.Equal(capabilities, string.Join(' ', decoded[(decoded.IndexOf('=', StringComparison.Ordinal) + 1)..].Split(',').Order(StringComparer.Ordinal)));
        }

        // The system is read-only to it (ProtectSystem=strict).
        string mounts = await File.ReadAllTextAsync($"{machine.Root}/proc/{status["Pid"]}/mountinfo", TestContext.Current.CancellationToken);
        Assert.Contains(mounts.Split('\n'), mount => mount.Split(' ') is [_, _, _, _, "/", var options, ..] && options.Split(',')[0] == "ro");
        string said = await machine.RunAsync("systemd-analyze", "security", "--no-pager", unit + ".service");
        Match level = Level().Match(said);
        Assert.True(level.Success && double.Parse(level.Groups[1].ValueSpan, CultureInfo.InvariantCulture) <= exposure, said);
    }

    private static string CapabilitiesOf(bool bgp) => string.Join(' ', PodProcess.CapabilitiesOf(bgp).Select(name => $"cap_{name.ToLowerInvariant()}").Order(StringComparer.Ordinal));

    private static async Task AssertActiveAsync(SystemdMachine machine, params string[] units)
    {
        foreach (string unit in units.Length == 0 ? Units : units)
        {
            Assert.Equal("active", await machine.PropertyAsync(unit, "ActiveState"));
        }
    }

    private static async Task<string[]> MainPidsAsync(SystemdMachine machine)
    {
        var pids = new List<string>();
        foreach (string unit in Units)
        {
            pids.Add(await machine.PropertyAsync(unit, "MainPID"));
        }

        return [.. pids];
    }

    private static async Task RestartAsync(SystemdMachine machine, string unit)
    {
        string before = await machine.PropertyAsync(unit, "MainPID");
        await machine.RunAsync("systemctl", "restart", unit);
        Assert.NotEqual(before, await machine.PropertyAsync(unit, "MainPID"));
    }

    /// <summary>Sends the main process what it does not survive, and waits until another one is ready.</summary>
    private static async Task SignalAsync(SystemdMachine machine, string unit, string signal, CancellationToken token)
    {
        string before = await machine.PropertyAsync(unit, "MainPID");
        await machine.RunAsync("systemctl", "kill", "--kill-whom=main", $"--signal={signal}", unit);
        await WaitAsync(
            async () => await machine.PropertyAsync(unit, "ActiveState") == "active" && await machine.PropertyAsync(unit, "MainPID") is var pid && pid != before && pid != "0",
            () => $"{unit} is not started again after SIG{signal}",
            token);
    }

    /// <summary>FRR's daemons in the agent's control group: name and pid, sorted.</summary>
    private static async Task<string[]> DaemonsAsync(SystemdMachine machine)
    {
        string group = await machine.PropertyAsync(Agent, "ControlGroup");
        if (group.Length == 0)
        {
            return [];
        }

        string main = await machine.PropertyAsync(Agent, "MainPID");
        string[] pids = (await machine.RunAsync("cat", $"/sys/fs/cgroup{group}/cgroup.procs")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. pids.Where(pid => pid != main).Select(pid => $"{File.ReadAllText($"{machine.Root}/proc/{pid}/comm").Trim()} {pid}").Order(StringComparer.Ordinal)];
    }

    /// <summary>The parts that run now take changes: another load balancer is served.</summary>
    private static async Task AssertFollowsAsync(SystemdSite site, CancellationToken token)
    {
        await site.CreateBalancerAsync("later", token);
        await WaitUntilReachedAsync(site, await site.WaitUntilServedAsync("later", token), token);
    }

    private static async Task WaitUntilReachedAsync(SystemdSite site, IPAddress[] vips, CancellationToken token)
    {
        foreach (IPAddress vip in vips)
        {
            string last = "";
            await WaitAsync(
                async () =>
                {
                    try
                    {
                        await WebServer.GetAsync(site.Lab.Client.Namespace, vip, token);
                        return true;
                    }
                    catch (HttpRequestException e)
                    {
                        last = e.Message;
                        return false;
                    }
                },
                () => $"{vip}: {last}",
                token);
        }
    }

    private static async Task WaitForRoutesAsync(BgpSite routers, SystemdSite site, CancellationToken token)
    {
        foreach (IPAddress vip in site.Vips)
        {
            await routers.WaitForGatewaysAsync(vip, 1, token);
        }
    }

    [GeneratedRegex(@"Overall exposure level for \S+: ([\d.]+)")]
    private static partial Regex Level();
}
