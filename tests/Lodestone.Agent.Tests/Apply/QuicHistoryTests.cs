using System.Net;
using Lodestone.Agent.Apply;
using Lodestone.Agent.Desired;
using Lodestone.Agent.Tests.Fakes;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;
using Lodestone.Datapath.Model;
using Lodestone.Datapath.Trace;
using Xunit;

namespace Lodestone.Agent.Tests.Apply;

/// <summary>Any history of targets: a connection stays with the server that chose its ID for as long as that lives, whatever address its client has.</summary>
public sealed class QuicHistoryTests
{
    private const int Nics = 8;
    private const int Steps = 40;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void History_AnyTargetsAndRestarts_ConnectionsStayWithLivingServers(int seed)
    {
        var random = new Random(seed);
        var time = new ManualTime(World.Start);
        var world = new World();
        var maps = new MemoryDatapathMaps(new DatapathCapacities
        {
            VipSlots = 32,
            RingSlots = 1 << 14,
            Reals = Nics + 2,
            FlowBuckets = 64,
            PortBitmaps = 1,
            Nics = 16,
            NicSources = 64,
            QuicServers = 64,
        });
        NetworkInterface[] nics = [.. Enumerable.Range(1, Nics).Select(i => world.AddNic($"nic-{i}", i))];
        LoadBalancer lb = world.AddLoadBalancer("web", "198.51.100.1");
        var applier = new DatapathApplier(maps, time);
        applier.Configure(new FlowSeed(1, 2), world.Snapshot().Underlay);
        List<NetworkInterface> taking = [nics[0]];
        Dictionary<NetworkInterface, DateTimeOffset> draining = [];
        int checkedPackets = 0, moved = 0;
        for (int step = 0; step < Steps; step++)
        {
            foreach (NetworkInterface nic in nics)
            {
                switch (random.Next(6))
                {
                    case 0 when !taking.Contains(nic):
                        taking.Add(nic);
                        draining.Remove(nic);
                        break;
                    case 1 when taking.Count > 1 && taking.Remove(nic):
                        draining[nic] = time.GetUtcNow().AddMinutes(random.Next(1, 4));
                        break;
                    case 2 when taking.Count > 1 && taking.Remove(nic):
                        break; // dead at once
                }
            }

            foreach (NetworkInterface gone in draining.Where(d => d.Value <= time.GetUtcNow()).Select(d => d.Key).ToArray())
            {
                draining.Remove(gone);
            }

            LoadBalancerRouting routing = world.Route(lb, [.. taking]);
            routing.Metadata.ResourceVersion = $"{step + 1}";
            routing.Policy = new RoutingPolicy { Name = "p", Uid = "u", Generation = 1, Quic = new RoutingQuic { ServerIDLength = 4 } };
            routing.Draining = [.. draining.Select(d => new LoadBalancerDraining
            {
                Uid = d.Key.Metadata.Uid,
                Name = d.Key.Metadata.Name,
                Ip = d.Key.Spec.Ips![0].Value,
                Deadline = d.Value,
                TargetRef = new LoadBalancerTargetRef { Uid = d.Key.Metadata.Uid!, Name = d.Key.Metadata.Name!, ProviderID = d.Key.Spec.ProviderID! },
            })];
            if (random.Next(4) == 0)
            {
                applier = new DatapathApplier(maps, time);
            }

            WorldSnapshot snapshot = world.Snapshot();
            ApplyResult result = applier.Apply(DesiredState.Compute(snapshot, null, time.GetUtcNow()), snapshot.Underlay);
            Assert.Empty(result.Problems);

            var model = new DatapathModel(CopyOf(maps));
            foreach (NetworkInterface nic in nics)
            {
                byte[] frame = Frame(IPAddress.Parse(nic.Spec.Ips![0].Value!), random);
                PacketResult packet = model.AtUplink(frame, 0);
                bool lives = taking.Contains(nic) || draining.ContainsKey(nic);
                uint expected = world.Devices[$"v-{nic.Metadata.Name}"].Index;
                Assert.Equal(Verdict.DeliverLocal, packet.Verdict);
                if (lives)
                {
                    Assert.Equal(expected, packet.Ifindex);
                    checkedPackets++;
                    moved += draining.ContainsKey(nic) ? 1 : 0;
                }
                else
                {
                    // Somebody who lives gets it.
                    Assert.Contains(taking.Concat(draining.Keys), other => world.Devices[$"v-{other.Metadata.Name}"].Index == packet.Ifindex);
                }
            }

            time.Advance(TimeSpan.FromSeconds(random.Next(90)));
            if (random.Next(3) == 0)
            {
                applier.Sweep();
            }
        }

        Assert.True(checkedPackets > Steps && moved > 10, $"{checkedPackets} packets to living servers, {moved} of them to draining ones");
    }

    /// <summary>A packet of a connection of the server with this address, from any client.</summary>
    private static byte[] Frame(IPAddress server, Random random) => new TracePacket
    {
        Source = new IPEndPoint(new IPAddress([192, 0, 2, (byte)random.Next(1, 255)]), random.Next(1024, 65536)),
        Destination = new IPEndPoint(IPAddress.Parse("198.51.100.1"), 443),
        Protocol = TraceProtocol.Udp,
        QuicConnectionId = [0x1f, .. QuicServerID.Of(server, 4), 1, 2, 3, 4],
    }.ToFrame(MacAddress.Parse("02:00:00:00:00:0a"), MacAddress.Parse("02:00:00:00:00:01"));

    private static DatapathMaps CopyOf(MemoryDatapathMaps maps)
    {
        var copy = new DatapathMaps
        {
            Config = maps.Config,
            Vips = maps.Vips.ToArray(),
            Rings = maps.Rings.ToArray(),
            Reals = maps.Reals.ToArray(),
            Flows = maps.Flows.ToArray(),
            PortBitmaps = maps.PortBitmaps.ToArray(),
            VipStats = new VipCounter[maps.VipIds],
        };
        foreach ((QuicKey key, uint real) in maps.QuicServers.ReadAll())
        {
            copy.QuicServers[key] = real;
        }

        return copy;
    }
}
