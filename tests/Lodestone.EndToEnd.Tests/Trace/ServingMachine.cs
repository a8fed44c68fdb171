using System.Diagnostics;
using System.Net;

using Lodestone.Agent;
using Lodestone.Linux.Kernel;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;
using Lodestone.Linux.Packets;

namespace Lodestone.EndToEnd.Tests.Trace;

/// <summary>A machine that is a network namespace, with an uplink, two workloads' devices and a whole server; the samples are applied.</summary>
internal sealed class ServingMachine : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly string _name = $"trace-{Guid.NewGuid():N}"[..14];
    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-e2e-").FullName;
    private readonly NetworkNamespace _namespace;
    private LodestoneProcess? _server;

    private ServingMachine() => _namespace = NetworkNamespace.Create(_name);

    public string PinDirectory => Path.Combine(BpfFileSystem.DefaultPath, _name);

    // Not "ip netns exec": it mounts a /sys of its own, without the BPF file system.
    private string[] Inside => ["nsenter", $"--net=/run/netns/{_name}", "--"];

    private string Kubeconfig => Path.Combine(_directory, "kubeconfig");

    public static async Task<ServingMachine> StartAsync()
    {
        if (!BpfFileSystem.IsMountedAt())
        {
            BpfFileSystem.Mount();
        }

        var machine = new ServingMachine();
        try
        {
            machine.AddDevices();
            machine._server = LodestoneProcess.Start(
                machine.Inside,
                ["server", "--data-dir", machine._directory, "--listen", "127.0.0.1:6443", "--host-name", "host-a", "--uplink", "eth0", "--pin-dir", machine.PinDirectory]);
            await machine._server.WaitForLineAsync("ready", Limit);
            foreach (string manifest in (string[])["01-addresspool", "02-network", "03-networkinterfaces"])
            {
                await machine.ApplyAsync(manifest);
            }

            // There is no host-b.
            await machine.KubectlAsync("delete", "nic", "web-3");
            await machine.KubectlAsync("wait", "--for=jsonpath={.status.state}=Available", "nic/web-1", "nic/web-2", "--timeout=60s");
            await machine.ApplyAsync("04-loadbalancer");
            await machine.KubectlAsync("wait", "--for=condition=Programmed", "lb/loadbalancer-sample", "--timeout=60s");
            await machine.WaitForTargetsAsync();
            return machine;
        }
        catch
        {
            await machine.DisposeAsync();
            throw;
        }
    }

    public async Task<string> AddressAsync() => await KubectlAsync("get", "lb", "loadbalancer-sample", "-o", "jsonpath={.status.ips[0]}");

    /// <summary>What Prometheus gets from the server.</summary>
    public Task<string> MetricsAsync() => KubectlAsync("get", "--raw", "/metrics");

    /// <summary>Starts a command on the machine.</summary>
    public LodestoneProcess Start(params string[] arguments) =>
        LodestoneProcess.Start(Inside, [.. arguments, "--pin-dir", PinDirectory, "--kubeconfig", Kubeconfig]);

    /// <summary>The far end of the uplink's wire: what is sent there comes in at the uplink.</summary>
    public PacketSocket OpenWire()
    {
        int index = 0;
        _namespace.Run(() =>
        {
            using RtNetlink netlink = RtNetlink.Open();
            index = netlink.GetLink("eth0-far").Index;
        });
        return PacketSocket.Open(index, _namespace);
    }

    public Task<LodestoneResult> RunAsync(params string[] arguments) =>
        LodestoneProcess.RunAsync(Inside, [.. arguments, "--pin-dir", PinDirectory, "--kubeconfig", Kubeconfig]);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        NodeAgent.Remove(PinDirectory);
        _namespace.Dispose();
        NetworkNamespace.Delete(_name);
        Directory.Delete(_directory, recursive: true);
    }

    private async Task ApplyAsync(string manifest) =>
        await KubectlAsync("apply", "-f", Path.Combine(AppContext.BaseDirectory, "samples", "loadbalancer-public", manifest + ".yaml"));

    /// <summary>A load balancer may be programmed before its targets are: asks, a process each time, until a packet gets through.</summary>
    private async Task WaitForTargetsAsync()
    {
        string destination = $"{await AddressAsync()}:80";
        long start = Stopwatch.GetTimestamp();
        LodestoneResult result;
        do
        {
            result = await RunAsync("trace", "192.0.2.10", destination);
        }
        while (result.ExitCode != 0 && Stopwatch.GetElapsedTime(start) < Limit);
        Assert.True(result.ExitCode == 0, result.Error + result.Output);
    }

    private void AddDevices() => _namespace.Run(() =>
    {
        using RtNetlink netlink = RtNetlink.Open();
        netlink.SetLink(netlink.GetLink("lo").Index, new LinkSettings { IsUp = true });
        foreach (string device in (string[])["eth0", "web-1", "web-2"])
        {
            netlink.AddVeth(new VethEnd(device), new VethEnd($"{device}-far"));
            netlink.SetLink(netlink.GetLink($"{device}-far").Index, new LinkSettings { IsUp = true });
            netlink.SetLink(netlink.GetLink(device).Index, new LinkSettings { IsUp = true });
        }

        netlink.AddAddress(netlink.GetLink("eth0").Index, IPAddress.Parse("2001:db8:0:2::1"), 64);
    });

    private async Task<string> KubectlAsync(params string[] arguments)
    {
        string[] line = [.. Inside, "kubectl", "--kubeconfig", Kubeconfig, .. arguments];
        var info = new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process kubectl = Process.Start(info)!;
        Task<string> error = kubectl.StandardError.ReadToEndAsync();
        string output = await kubectl.StandardOutput.ReadToEndAsync();
        await kubectl.WaitForExitAsync();
        Assert.True(kubectl.ExitCode == 0, $"kubectl {string.Join(' ', arguments)}: {await error}{output}");
        return output;
    }
}
