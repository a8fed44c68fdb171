using System.Text.Json;

namespace Lodestone.EndToEnd.Tests.Trace;

/// <summary>The commands as a user runs them, on a machine that serves.</summary>
[Collection(MachineCollection.Name)]
public sealed class TraceTests
{
    [Fact]
    public async Task TraceAndCounters_MachineThatServes_NameWhatPacketsMeet()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: it makes a network namespace and attaches packet programs");
        await using ServingMachine machine = await ServingMachine.StartAsync();
        string vip = await machine.AddressAsync();

        LodestoneResult forwarded = await machine.RunAsync("trace", "192.0.2.10", $"{vip}:80", "--run", "-o", "json");
        LodestoneResult refused = await machine.RunAsync("trace", "192.0.2.10:40000", $"{vip}:81", "-o", "json");
        LodestoneResult text = await machine.RunAsync("trace", "192.0.2.10", "198.51.100.99", "icmp");
        LodestoneResult routed = await machine.RunAsync("trace", "--nic", "default/web-1", "10.0.0.2:80", "-o", "json");
        LodestoneResult spoofed = await machine.RunAsync("trace", "--nic", "web-1", "10.0.0.77", "10.0.0.2:80", "udp");
        LodestoneResult unknown = await machine.RunAsync("trace", "--nic", "web-9", "10.0.0.2:80");
        LodestoneResult counters = await machine.RunAsync("counters", "-o", "json");
        LodestoneResult table = await machine.RunAsync("counters");
        string metrics = await machine.MetricsAsync();

        Assert.True(forwarded.ExitCode == 0, forwarded.Error + forwarded.Output);
        using var trace = JsonDocument.Parse(forwarded.Output);
        JsonElement root = trace.RootElement;
        string nic = root.GetProperty("target").GetProperty("networkInterface").GetString()!;
        Assert.Equal("Forwarded", root.GetProperty("result").GetString());
        Assert.Equal("default/loadbalancer-sample", root.GetProperty("vip").GetProperty("loadBalancer").GetString());
        Assert.Equal("tcp 80", root.GetProperty("port").GetProperty("rule").GetString());
        Assert.Contains(nic, (string[])["default/web-1", "default/web-2"]);
        Assert.Equal(nic, "default/" + root.GetProperty("delivery").GetProperty("device").GetString());
        Assert.Equal((2, "VERDICT_DELIVER_LOCAL"), (root.GetProperty("verdict").GetProperty("number").GetInt32(), root.GetProperty("verdict").GetProperty("name").GetString()));
        Assert.Equal("eth0", root.GetProperty("program").GetProperty("device").GetString());
        Assert.All((string[])["isSame", "isConsistent", "ranAttached"], property => Assert.True(root.GetProperty("program").GetProperty(property).GetBoolean(), property));
        Assert.Equal(0, root.GetProperty("notes").GetArrayLength());

        Assert.Equal(1, refused.ExitCode);
        using var drop = JsonDocument.Parse(refused.Output);
        Assert.Equal(134, drop.RootElement.GetProperty("verdict").GetProperty("number").GetInt32());
        Assert.Contains("spec.ports", drop.RootElement.GetProperty("verdict").GetProperty("remedy").GetString(), StringComparison.Ordinal);
        Assert.False(drop.RootElement.TryGetProperty("slot", out _));

        Assert.Equal(1, text.ExitCode);
        Assert.StartsWith("icmp echo request 192.0.2.10 > 198.51.100.99, 28 bytes, in at eth0\n  vip      198.51.100.99 is no public VIP of this machine\n", text.Output, StringComparison.Ordinal);

        Assert.True(routed.ExitCode == 0, routed.Error + routed.Output);
        using var route = JsonDocument.Parse(routed.Output);
        JsonElement atNic = route.RootElement;
        Assert.Equal(("default/web-1", "10.0.0.1"), (atNic.GetProperty("nic").GetProperty("networkInterface").GetString(), Assert.Single(atNic.GetProperty("nic").GetProperty("addresses").EnumerateArray(), a => a.GetString()!.Contains('.', StringComparison.Ordinal)).GetString()));
        Assert.Equal(("default/web-2", "VERDICT_ROUTE_LOCAL"), (atNic.GetProperty("route").GetProperty("networkInterface").GetString(), atNic.GetProperty("verdict").GetProperty("name").GetString()));
        Assert.All((string[])["isSame", "isConsistent"], property => Assert.True(atNic.GetProperty("program").GetProperty(property).GetBoolean(), property));
        Assert.Equal(0, atNic.GetProperty("notes").GetArrayLength());

        Assert.Equal((1, 2), (spoofed.ExitCode, unknown.ExitCode));
        Assert.StartsWith(
            "udp 10.0.0.77:49152 > 10.0.0.2:80, 28 bytes, sent by default/web-1 at web-1\n  source   10.0.0.77 is neither an address of network interface default/web-1 nor a VIP that it serves; it has 10.0.0.1, fd00:10::1\n",
            spoofed.Output,
            StringComparison.Ordinal);
        Assert.Contains("there are default/web-1 (device web-1), default/web-2 (device web-2)", Assert.Single(unknown.ErrorLines), StringComparison.Ordinal);

        // One packet was sent with --run; the others have left no trace.
        Assert.Equal(0, counters.ExitCode);
        using var counted = JsonDocument.Parse(counters.Output);
        JsonElement[] verdicts = [.. counted.RootElement.GetProperty("verdicts").EnumerateArray()];
        JsonElement[] targets = [.. counted.RootElement.GetProperty("targets").EnumerateArray()];
        JsonElement counter = Assert.Single(counted.RootElement.GetProperty("vips").EnumerateArray(), v => v.GetProperty("address").GetString() == vip);
        Assert.Equal(1, Assert.Single(verdicts, v => v.GetProperty("number").GetInt32() == 2).GetProperty("packets").GetInt32());
        Assert.DoesNotContain(verdicts, v => v.GetProperty("number").GetInt32() == 134);
        Assert.Equal(("default/loadbalancer-sample", 1, 40), (counter.GetProperty("loadBalancer").GetString(), counter.GetProperty("packets").GetInt32(), counter.GetProperty("bytes").GetInt32()));
        Assert.Equal(1, Assert.Single(targets, t => t.GetProperty("networkInterface").GetString() == nic).GetProperty("packets").GetInt32());
        Assert.Contains("VERDICT_DELIVER_LOCAL", table.Output, StringComparison.Ordinal);

        // The server tells the same, beside what it counts as an API server; no metric stands twice.
        string[] told = metrics.Split('\n');
        string[] names = [.. told.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2])];
        Assert.Contains("lodestone_packets_total{verdict=\"DeliverLocal\"} 1", told);
        Assert.Contains(told, line => line.StartsWith($"lodestone_vip_packets_total{{namespace=\"default\",loadbalancer=\"loadbalancer-sample\",vip=\"{vip}\",vni=\"0\",protocol=\"tcp\"}} 1", StringComparison.Ordinal));
        Assert.Contains(told, line => line.StartsWith("lodestone_uplink_attached{", StringComparison.Ordinal));
        Assert.Contains(told, line => line.StartsWith("controller_runtime_reconcile_total{", StringComparison.Ordinal));
        Assert.Contains("apiserver_request_total", names);
        Assert.Equal(names.Distinct(), names);
        Assert.Contains("default/loadbalancer-sample", table.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trace", "192.0.2.10", "198.51.100.1:80")]
    [InlineData("counters")]
    public async Task Run_NothingIsPinned_SaysWhatToDo(params string[] arguments)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: without, the commands end before they look");

        LodestoneResult result = await LodestoneProcess.RunAsync([.. arguments, "--pin-dir", "/sys/fs/bpf/none"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("nothing is pinned in /sys/fs/bpf/none: no agent has run here", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }
}
