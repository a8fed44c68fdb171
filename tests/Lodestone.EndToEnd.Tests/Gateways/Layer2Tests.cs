using System.Diagnostics;
using Lodestone.Agent;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Cli;
using Lodestone.Cli.Demo;
using Lodestone.Cli.Drain;
using Lodestone.Cli.Lab;
using Lodestone.Client.Http;
using Lodestone.EndToEnd.Tests.Overlay;
using Lodestone.Linux;
using Lodestone.Linux.Netlink;

using static Lodestone.EndToEnd.Tests.Lab.LabObjects;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.EndToEnd.Tests.Gateways;

/// <summary>Two gateways on one segment: who answers for an address when a machine dies, when one is cut off, when the API is away, and when somebody lies.</summary>
[Collection(MachineCollection.Name)]
public sealed class Layer2Tests(ITestOutputHelper output)
{
    private const int MaxLoadBalancers = 14;

    private static readonly MacAddress Stranger = MacAddress.Parse("02:00:00:00:66:66");

    [Fact]
    public async Task Segment_WhateverBecomesOfAGateway_EachAddressHasOneOwner()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        CancellationToken token = limit.Token;
        await using DemoEnvironment environment = await DemoEnvironment.CreateAsync(
            new Progress<string>(), TimeProvider.System, verbose: false, token, LodestoneProcess.Executable);
        NetworkLab lab = environment.Lab;
        await environment.StartServerAsync(token);
        await environment.IssueAgentCredentialsAsync(token);
        await environment.StartSecondGatewayAsync(null, token);
        using var segment = new SegmentObserver(lab.Client);
        Dictionary<IPAddress, MacAddress> owners = await CreateObjectsAsync(environment, segment, token);
        using var server = new EchoServer(lab.Workloads[0].Namespace, 1, owners.Keys);
        Assert.Equal(new HashSet<MacAddress> { lab.HostA.LinkAddress, lab.HostB.LinkAddress }, [.. owners.Values]);
        IPAddress ofA = owners.First(o => o.Value == lab.HostA.LinkAddress).Key, ofB = owners.First(o => o.Value == lab.HostB.LinkAddress).Key;
        await using var echo = new EchoStream(lab.Client, ofB);
        await WaitAsync(() => Task.FromResult(echo.LongestGap > TimeSpan.Zero), () => "no answer", token);

        await KillMachineAsync(environment, echo, ofB, token);
        await AssertOwnersAsync(segment, owners, token);

        await CutFromApiAsync(environment, segment, echo, ofB, token);
        await AssertOwnersAsync(segment, owners, token);

        await LoseApiAsync(environment, segment, echo, ofA, ofB, token);
        await AssertOwnersAsync(segment, owners, token);

        long takenOver = await DrainAsync(environment, segment, echo, ofB, token);
        await AssertOwnersAsync(segment, owners, token);

        await GoOnAsync(environment, segment, ofB, takenOver, token);
        await LieAsync(environment, segment, ofB, token);
    }

    /// <summary>kill -9, and nothing of the machine forwards or answers any more; then it comes back.</summary>
    /// <remarks>Its cable stays: a switch would flood what is sent to a dead port's MAC address, and the other gateway's veth, unlike a NIC, would take it.</remarks>
    private async Task KillMachineAsync(DemoEnvironment environment, EchoStream echo, IPAddress vip, CancellationToken token)
    {
        echo.TakeLongestGap();
        await environment.KillAsync("agent");
        environment.Lab.HostB.Namespace.Run(() => NodeAgent.Remove($"{environment.Paths.Pins}/{environment.Lab.HostB.Name}"));
        await WaitAsync(
            () => Task.FromResult(echo.LongestGap > TimeSpan.FromMilliseconds(500) && echo.Silence < TimeSpan.FromMilliseconds(50)),
            () => $"nobody took {vip} over; longest gap {echo.LongestGap}, silent for {echo.Silence}",
            token);
        TimeSpan loss = echo.TakeLongestGap();
        output.WriteLine($"machine died: {loss.TotalMilliseconds:0} ms without an answer");
        Assert.InRange(loss, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        await environment.StartSecondGatewayAsync(null, token);
    }

    /// <summary>A gateway alone can't reach the API any more, but hears the segment.</summary>
    private async Task CutFromApiAsync(DemoEnvironment environment, SegmentObserver segment, EchoStream echo, IPAddress vip, CancellationToken token)
    {
        NetworkLab lab = environment.Lab;
        await WaitForOwnerAsync(segment, vip, lab.HostB.LinkAddress, token);
        echo.TakeLongestGap();

        // Packets to the API end on host-b itself, where nobody listens.
        using RtNetlink netlink = RtNetlink.Open(lab.HostB.Namespace);
        int loopback = netlink.GetLink("lo").Index;
        netlink.AddAddress(loopback, lab.HostA.Ipv6, 128);
        await WaitForOwnerAsync(segment, vip, lab.HostA.LinkAddress, token);
        TimeSpan away = echo.TakeLongestGap();
        netlink.DeleteAddress(loopback, lab.HostA.Ipv6, 128);
        await WaitForOwnerAsync(segment, vip, lab.HostB.LinkAddress, token);
        output.WriteLine($"cut off: {away.TotalMilliseconds:0} ms, and back: {echo.TakeLongestGap().TotalMilliseconds:0} ms without an answer");
        Assert.InRange(away, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    /// <summary>A gateway is drained: it announces nothing, and no packet is lost; the last one is not.</summary>
    /// <returns>When it was told to take over again: before the other can have claimed what is its own.</returns>
    private async Task<long> DrainAsync(DemoEnvironment environment, SegmentObserver segment, EchoStream echo, IPAddress vip, CancellationToken token)
    {
        using ApiClient api = environment.ConnectApi();
        var drain = new HostDrain(api, "host-b", TimeProvider.System);
        List<string> said = [];
        echo.TakeLongestGap();
        await drain.SetAsync(true, force: false, token);
        await drain.WaitAsync(TimeSpan.FromSeconds(30), progress => said.Add(progress.ToString()), token);
        await WaitForOwnerAsync(segment, vip, environment.Lab.HostA.LinkAddress, token);
        Assert.Equal("takes no new flows", said[^1]);

        CommandException refused = await Assert.ThrowsAsync<CommandException>(() => new HostDrain(api, "host-a", TimeProvider.System).SetAsync(true, force: false, token));
        Assert.Contains("host-a is the last gateway that is Ready and not drained", refused.Message, StringComparison.Ordinal);

        long takesOver = Stopwatch.GetTimestamp();
        await drain.SetAsync(false, force: false, token);
        await WaitForOwnerAsync(segment, vip, environment.Lab.HostB.LinkAddress, token);
        TimeSpan loss = echo.TakeLongestGap();
        output.WriteLine($"drained and back ({string.Join(" | ", said)}): {loss.TotalMilliseconds:0} ms without an answer");
        Assert.InRange(loss, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        return takesOver;
    }

    /// <summary>Take-overs are no contest. The other gateway is named when it claims an address of a living one on and on.</summary>
    private async Task GoOnAsync(DemoEnvironment environment, SegmentObserver segment, IPAddress vip, long takenOver, CancellationToken token)
    {
        using ApiClient api = environment.ConnectApi();
        Assert.Empty((await api.ListAsync<Event>(new ListOptions(), token)).Where(e => e.Reason == "AddressContested").Select(e => $"{e.FirstTimestamp:HH:mm:ss} {e.InvolvedObject?.Name}: {e.Message}"));
        MacAddress other = environment.Lab.HostA.LinkAddress;

        // The other may have claimed it in the take-over just before, and that is when it began.
        TimeSpan told = default, claimed = -TimeSpan.FromSeconds(1);
        await WaitForContestAsync(
            api,
            vip,
            $"Host host-b: the gateway at {other} on eth0 claims it too",
            () =>
            {
                // Not too often: the switch takes the sender for the other gateway until that one sends again.
                told = Stopwatch.GetElapsedTime(takenOver);
                if (told - claimed > TimeSpan.FromMilliseconds(400))
                {
                    segment.Claim(vip, other);
                    claimed = told;
                }

                return Task.CompletedTask;
            },
            token);
        output.WriteLine($"a gateway that goes on is told of {told.TotalMilliseconds:0} ms after the take-over");
        Assert.True(told > TimeSpan.FromSeconds(5), $"told after {told}");
    }

    /// <summary>A stranger claims an address: it is defended, and he is named.</summary>
    private async Task LieAsync(DemoEnvironment environment, SegmentObserver segment, IPAddress vip, CancellationToken token)
    {
        TimeSpan defended = await segment.ProvokeAsync(vip, Stranger, TimeSpan.FromSeconds(5), token);
        output.WriteLine($"defended after {defended.TotalMilliseconds:0} ms");
        using ApiClient api = environment.ConnectApi();
        await WaitForContestAsync(api, vip, $"Host host-b: somebody at {Stranger} on eth0 claims it too", () => Task.CompletedTask, token);
    }

    /// <summary>Until the API says of an address that it is contested, in these words.</summary>
    private static async Task WaitForContestAsync(ApiClient api, IPAddress vip, string words, Func<Task> meanwhile, CancellationToken token)
    {
        string said = "";
        await WaitAsync(
            async () =>
            {
                await meanwhile();
                LoadBalancer lb = (await api.ListAsync<LoadBalancer>(new ListOptions(), token)).Single(l => l.Status!.Ips!.Contains(vip.ToString()));
                Condition? condition = lb.Status!.Conditions!.Find(c => c.Type == "AddressesUncontested");
                said = condition?.Message ?? "";
                return condition is { Status: "False", Reason: "AddressContested" }
                    && said.Contains(words, StringComparison.Ordinal) && said.Contains(vip.ToString(), StringComparison.Ordinal);
            },
            () => $"nobody says that {vip} is contested: {words}; but: {said}",
            token);
    }

    /// <summary>The API server dies and comes back with an older copy of its data: nobody takes anything over, no packet is lost.</summary>
    private async Task LoseApiAsync(DemoEnvironment environment, SegmentObserver segment, EchoStream echo, IPAddress ofA, IPAddress ofB, CancellationToken token)
    {
        NetworkLab lab = environment.Lab;
        string backup = environment.Paths.Directory + "/backup";
        await environment.KillAsync("server");
        CopyDirectory(environment.Paths.ServerData, backup);
        await environment.StartServerAsync(token);
        using (ApiClient api = environment.ConnectApi())
        {
            // What the backup doesn't know: new versions of everything, and an object.
            foreach (LoadBalancer lb in await api.ListAsync<LoadBalancer>(new ListOptions(), token))
            {
                await api.UpdateAsync(lb, l => (l.Metadata.Labels ??= [])["changed"] = "after-the-backup", token);
            }

            await api.CreateAsync(new Network { Metadata = Named("later") }, token);
        }

        // Its agent starts last, on a busy machine later than its lease lasted: then host-b has helped out.
        await WaitForOwnerAsync(segment, ofA, lab.HostA.LinkAddress, token);
        await environment.KillAsync("server");
        echo.TakeLongestGap();

        // Longer than any lease: as before, host-a's data path answers for its own, and host-b has taken nothing.
        await Task.Delay(TimeSpan.FromSeconds(4), token);
        Assert.Equal([lab.HostA.LinkAddress], await segment.OwnersAsync(ofA, token));
        Assert.Equal([lab.HostB.LinkAddress], await segment.OwnersAsync(ofB, token));

        Directory.Delete(environment.Paths.ServerData, recursive: true);
        CopyDirectory(backup, environment.Paths.ServerData);
        await environment.StartServerAsync(token);
        using (ApiClient api = environment.ConnectApi())
        {
            Assert.Null(await api.TryGetAsync<Network>(new ObjectKey("default", "later"), token));
            string seen = "";
            await WaitAsync(
                async () =>
                {
                    // Both write what the restored objects have not.
                    List<LoadBalancer> lbs = await api.ListAsync<LoadBalancer>(new ListOptions(), token);
                    List<Host> hosts = await api.ListAsync<Host>(new ListOptions(), token);
                    seen = string.Join("; ", lbs.Select(l => $"{l.Metadata.Name} {l.Status?.State}"));
                    return lbs.TrueForAll(l => l.Status?.State == "Ready" && l.Metadata.Labels is null) && hosts.TrueForAll(h => h.Status?.Conditions?.Find(c => c.Type == "Ready")?.Status == "True");
                },
                () => $"the restored store is not as it was: {seen}",
                token);
        }

        TimeSpan loss = echo.TakeLongestGap();
        output.WriteLine($"API away, and back with an older store: {loss.TotalMilliseconds:0} ms without an answer");
        Assert.InRange(loss, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    private static async Task AssertOwnersAsync(SegmentObserver segment, Dictionary<IPAddress, MacAddress> owners, CancellationToken token)
    {
        foreach ((IPAddress vip, MacAddress owner) in owners)
        {
            await WaitForOwnerAsync(segment, vip, owner, token);
        }
    }

    /// <summary>Until exactly one machine answers, this one where it is named.</summary>
    private static async Task WaitForOwnerAsync(SegmentObserver segment, IPAddress vip, MacAddress? owner, CancellationToken token)
    {
        MacAddress[] answers = [];
        await WaitAsync(
            async () =>
            {
                answers = await segment.OwnersAsync(vip, token);
                return answers.Length == 1 && (owner is null || answers[0] == owner);
            },
            () => $"{vip} should be at {owner}, answers come from {string.Join(", ", answers)}",
            token);
    }

    /// <summary>Load balancers until both gateways announce one; who announces which address.</summary>
    private static async Task<Dictionary<IPAddress, MacAddress>> CreateObjectsAsync(DemoEnvironment environment, SegmentObserver segment, CancellationToken token)
    {
        NetworkLab lab = environment.Lab;
        using ApiClient api = environment.ConnectApi();
        await CreateNetworkAsync(api, lab, [lab.Workloads[0]], [], token);
        Dictionary<IPAddress, MacAddress> owners = [];
        for (int i = 0; i < MaxLoadBalancers && owners.Values.Distinct().Count() < 2; i++)
        {
            await api.CreateAsync(PublicBalancer($"lb-{i}", Udp(EchoServer.UdpPort)), token);
            foreach (IPAddress vip in await WaitForBalancerAsync(api, $"lb-{i}", "1/1", "2 of 2 gateways", token))
            {
                NetworkLab.AddVip(lab.Workloads[0], vip);
                await WaitForOwnerAsync(segment, vip, null, token);
                owners[vip] = Assert.Single(await segment.OwnersAsync(vip, token));
            }
        }

        return owners;
    }

    private static void CopyDirectory(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
