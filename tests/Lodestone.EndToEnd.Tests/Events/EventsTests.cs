using System.Text.Json;

using Lodestone.EndToEnd.Tests.Trace;
using Lodestone.Linux.Packets;
using Lodestone.TestKit.Packets;

namespace Lodestone.EndToEnd.Tests.Events;

/// <summary>The commands as a user runs them, with packets from a wire, on a machine that serves.</summary>
[Collection(MachineCollection.Name)]
public sealed class EventsTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task EventsAndFlows_PacketsFromTheWire_AreNamed()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: it makes a network namespace and attaches packet programs");
        await using ServingMachine machine = await ServingMachine.StartAsync();
        string vip = await machine.AddressAsync();
        using PacketSocket wire = machine.OpenWire();
        byte[] wrongPort = PacketText.Parse($"eth 02::01 > 02::02 / ip4 192.0.2.10 > {vip} / tcp 40000 > 81 S");
        byte[] syn = PacketText.Parse($"eth 02::01 > 02::02 / ip4 192.0.2.10 > {vip} / tcp 40001 > 80 S");

        LodestoneResult drops = await WhileSendingAsync(machine.Start("events", "--drops", "--vip", vip, "-n", "2", "-o", "json"), wire, wrongPort, syn);
        LodestoneResult text = await WhileSendingAsync(machine.Start("events", "--drops", "--sample", "1", "-n", "4"), wire, wrongPort, syn);
        LodestoneResult flows = await WhileSendingAsync(machine.Start("flows", "--for", "3s", "--sample", "1", "-o", "json"), wire, wrongPort, syn);
        LodestoneResult table = await WhileSendingAsync(machine.Start("flows", "--for", "1s", "--vip", vip), wire, wrongPort, syn);
        LodestoneResult none = await machine.RunAsync("events", "--for", "500ms");

        Assert.True(drops.ExitCode == 0, drops.Error + drops.Output);
        JsonElement[] lines = [.. drops.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(3, lines.Length);
        Assert.All(lines[..2], line =>
        {
            Assert.Equal(("Drop", 134, "eth0"), (line.GetProperty("kind").GetString(), line.GetProperty("number").GetInt32(), line.GetProperty("device").GetString()));
            Assert.Equal(("192.0.2.10:40000", $"{vip}:81", "tcp"), (line.GetProperty("source").GetString(), line.GetProperty("destination").GetString(), line.GetProperty("protocol").GetString()));
            Assert.Equal(("default/loadbalancer-sample", vip), (line.GetProperty("loadBalancer").GetString(), line.GetProperty("vip").GetString()));
            Assert.Contains("spec.ports", line.GetProperty("remedy").GetString(), StringComparison.Ordinal);
            Assert.InRange(line.GetProperty("time").GetDateTimeOffset(), TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddSeconds(1));
        });
        Assert.Equal((2, 0), (lines[2].GetProperty("summary").GetProperty("events").GetInt32(), lines[2].GetProperty("summary").GetProperty("overRate").GetInt32()));

        Assert.True(text.ExitCode == 0, text.Error + text.Output);
        Assert.Contains($"  134 DROP_PORT_NOT_ALLOWED  tcp 192.0.2.10:40000 > {vip}:81, 40 bytes, in at eth0, VIP of default/loadbalancer-sample\n", text.Output, StringComparison.Ordinal);
        Assert.Equal(2, text.Output.Split("to do: Add the port").Length);
        Assert.Matches(@"  2 VERDICT_DELIVER_LOCAL  tcp 192\.0\.2\.10:40001 > .*, to default/web-[12] \(real \d+\): (stable|recorded now|recorded, )", text.Output);
        Assert.EndsWith("\n4 events, none left out\n", text.Output, StringComparison.Ordinal);

        Assert.True(flows.ExitCode == 0, flows.Error + flows.Output);
        using var report = JsonDocument.Parse(flows.Output);
        JsonElement flow = Assert.Single(report.RootElement.GetProperty("flows").EnumerateArray());
        Assert.Equal(("192.0.2.10:40001", $"{vip}:80", "tcp"), (flow.GetProperty("client").GetString(), flow.GetProperty("vip").GetString(), flow.GetProperty("protocol").GetString()));
        Assert.Contains(flow.GetProperty("target").GetProperty("networkInterface").GetString(), (string[])["default/web-1", "default/web-2"]);
        long packets = flow.GetProperty("packets").GetInt64();
        Assert.InRange(packets, 2, 3000);
        Assert.Equal((packets, packets * 40), (flow.GetProperty("samples").GetInt64(), flow.GetProperty("bytes").GetInt64()));

        Assert.True(table.ExitCode == 0, table.Error + table.Output);
        Assert.StartsWith("CLIENT", table.Output, StringComparison.Ordinal);
        Assert.Contains($"{vip}:80/tcp", table.Output, StringComparison.Ordinal);

        // What was told to others before is not shown.
        Assert.Equal((0, "0 events, none left out\n"), (none.ExitCode, none.Output));
    }

    [Fact]
    public async Task Events_AnotherListens_NamesIt()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: it makes a network namespace and attaches packet programs");
        await using ServingMachine machine = await ServingMachine.StartAsync();
        string vip = await machine.AddressAsync();
        using PacketSocket wire = machine.OpenWire();
        byte[] wrongPort = PacketText.Parse($"eth 02::01 > 02::02 / ip4 192.0.2.10 > {vip} / tcp 40000 > 81 S");

        LodestoneResult second;
        await using (LodestoneProcess first = machine.Start("events"))
        {
            Task<string?> line = first.Output.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
            while (await Task.WhenAny(line, Task.Delay(Pause, TestContext.Current.CancellationToken)) != line)
            {
                wire.Send(wrongPort);
            }

            second = await machine.RunAsync("flows", "--for", "100ms");
            Assert.Contains($"process {first.Id} listens to the events of {machine.PinDirectory}", Assert.Single(second.ErrorLines), StringComparison.Ordinal);
        }

        // Killed: it has let go, and is asked for nothing any more.
        LodestoneResult third = await machine.RunAsync("events", "--for", "100ms");
        LodestoneResult unknown = await machine.RunAsync("events", "--vip", "198.51.100.77", "--for", "100ms");

        Assert.Equal((1, 0), (second.ExitCode, third.ExitCode));
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("--vip 198.51.100.77: this machine serves no such VIP", Assert.Single(unknown.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("events")]
    [InlineData("flows")]
    public async Task Run_NothingIsPinned_SaysWhatToDo(string command)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root: without, the commands end before they look");

        LodestoneResult result = await LodestoneProcess.RunAsync(command, "--pin-dir", "/sys/fs/bpf/none");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("nothing is pinned in /sys/fs/bpf/none: no agent has run here", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--sample 0 is not within", "events", "--sample", "0")]
    [InlineData("-n 0 is not positive", "events", "-n", "0")]
    [InlineData("--for 'soon' is not a time", "events", "--for", "soon")]
    [InlineData("--for '0' is not a time", "flows", "--for", "0")]
    public async Task Run_WrongUsage_NamesTheOption(string expected, params string[] arguments)
    {
        LodestoneResult result = await LodestoneProcess.RunAsync(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    private static async Task<LodestoneResult> WhileSendingAsync(LodestoneProcess process, PacketSocket wire, params byte[][] packets)
    {
        await using (process)
        {
            Task<LodestoneResult> end = process.WaitAsync(TimeSpan.FromMinutes(2));
            while (await Task.WhenAny(end, Task.Delay(Pause, TestContext.Current.CancellationToken)) != end)
            {
                foreach (byte[] packet in packets)
                {
                    wire.Send(packet);
                }
            }

            return await end;
        }
    }
}
