using System.Reflection;
using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Api.Platform;
using Lodestone.Client.Informers;
using Lodestone.Datapath.Hashing;
using Lodestone.Datapath.Layout;

using IPAddress = System.Net.IPAddress;

namespace Lodestone.Agent.Tests;

/// <summary>A world that changes as the API's objects do: an object that changes is another instance, all others are the same.</summary>
/// <param name="random">Where it comes from.</param>
/// <param name="isWhole">Whether all kinds of objects change, and this machine may be a gateway, a hypervisor, or both. Else what concerns maps most.</param>
internal sealed class RandomHistory(Random random, bool isWhole = false)
{
    private static readonly (string Older, string Younger) SameNumber = FindSameNumber();

    private WorldSnapshot? _last;
    private readonly List<LoadBalancerRoutingSlice> _late = [];
    private readonly List<NetworkInterface> _gone = [];
    private int _version = 10;

    public World World { get; } = isWhole ? Begin(random) : new World();

    public DateTimeOffset Now { get; private set; } = World.Start;

    /// <summary>
    /// A snapshot as informers give it: pictures that know what has changed since the last one. Sometimes of a new list, which knows nothing, and
    /// sometimes all objects of that are other instances.
    /// </summary>
    public WorldSnapshot Frozen(WorldSnapshot next)
    {
        if (_last is { } last)
        {
            next = next with
            {
                Networks = Follow(last.Networks, next.Networks),
                NetworkInterfaces = Follow(last.NetworkInterfaces, next.NetworkInterfaces),
                Prefixes = Follow(last.Prefixes, next.Prefixes),
                LoadBalancers = Follow(last.LoadBalancers, next.LoadBalancers),
                Routings = Follow(last.Routings, next.Routings),
                RoutingSlices = Follow(last.RoutingSlices, next.RoutingSlices),
                Hosts = Same(last.Hosts, next.Hosts),
                Devices = last.Devices.Count == next.Devices.Count && last.Devices.All(d => next.Devices.TryGetValue(d.Key, out LocalDevice? other) && other == d.Value) ? last.Devices : next.Devices,
            };
        }

        return _last = next;
    }

    public void Step()
    {
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            if (isWhole && random.Next(2) == 0)
            {
                ChangeSite();
            }
            else
            {
                Change();
            }
        }
    }

    private static IReadOnlyCollection<T> Same<T>(IReadOnlyCollection<T> last, IReadOnlyCollection<T> next) =>
        last.Count == next.Count && last.Zip(next).All(pair => ReferenceEquals(pair.First, pair.Second)) ? last : next;

    private ObjectPicture<T> Follow<T>(IReadOnlyCollection<T> last, IReadOnlyCollection<T> next)
        where T : KubernetesObject
    {
        switch (random.Next(30))
        {
            case 0:
                return ObjectPicture<T>.Of(next);
            case 1:
                return ObjectPicture<T>.Of(next.Select(Clone));
        }

        ObjectPicture<T> before = ObjectPicture<T>.From(last), after = before;
        Dictionary<ObjectKey, T> items = next.ToDictionary(item => item.Key);
        foreach (ObjectKey key in before.Select(item => item.Key).Where(key => !items.ContainsKey(key)))
        {
            after = after.Without(key);
        }

        foreach (T item in next.Where(item => !ReferenceEquals(item, before.Find(item.Key))))
        {
            after = after.With(item);
        }

        return after;
    }

    private static T Clone<T>(T item)
        where T : KubernetesObject => (T)typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(item, null)!;

    private static (string Older, string Younger) FindSameNumber()
    {
        var seen = new Dictionary<uint, string>();
        for (int i = 0; ; i++)
        {
            string uid = $"same-{i}";
            if (!seen.TryAdd(NicNumber.Of(uid), uid))
            {
                return (seen[NicNumber.Of(uid)], uid);
            }
        }
    }

    /// <summary>A gateway that is a hypervisor too, or a hypervisor alone; sometimes one where there is no IPv6, so that numbers tell network interfaces apart; two networks.</summary>
    private static World Begin(Random random)
    {
        var world = new World { HostName = random.Next(3) == 0 ? "host-b" : "host-a" };
        if (random.Next(3) == 0)
        {
            for (int i = 1; i <= 2; i++)
            {
                world.Hosts[i - 1].Spec.UnderlayAddresses = [$"192.0.2.{i}"];
                world.NextHops[IPAddress.Parse($"192.0.2.{i}")] = MacAddress.Parse($"02:00:00:00:02:{i:x2}");
            }
        }

        world.Networks.Add(OtherNetwork(78));
        for (int i = 1; i <= 4; i++)
        {
            world.AddNic($"first-{i}", i, i % 2 == 0 ? "host-a" : "host-b").Spec.NetworkRef = new LocalObjectReference { Name = random.Next(2) == 0 ? "net" : "other" };
        }

        return world;
    }

    private static Network OtherNetwork(int? vni) => new()
    {
        Metadata = new ObjectMeta { Namespace = World.Namespace, Name = "other", Uid = "other-uid" },
        Spec = new NetworkSpec { ProviderID = vni is null ? null : $"lodestone://{vni}" },
    };

    /// <summary>Something of what <see cref="Change"/> leaves alone.</summary>
    private void ChangeSite()
    {
        switch (random.Next(28))
        {
            case 24 or 25 when World.Nics.Count > 0:
                Pick(World.Nics).Metadata.Labels = random.Next(3) > 0 ? new() { [World.Label] = "yes" } : null;
                break;
            case 26 when World.LoadBalancers.Count > 0:
                Pick(World.LoadBalancers).Spec.NetworkInterfaceSelector = random.Next(3) switch { 0 => null, 1 => new LabelSelector(), _ => World.Selector };
                break;
            case 20 when World.Nics.Count > 0:
                // The routing still names it, and where it lives.
                _gone.Add(Pick(World.Nics));
                World.Nics.Remove(_gone[^1]);
                break;
            case 21 when _gone.Count > 0:
                if (!World.Nics.Exists(other => other.Metadata.Uid == _gone[0].Metadata.Uid))
                {
                    World.Nics.Add(_gone[0]);
                }

                _gone.RemoveAt(0);
                break;
            case 0 when World.Nics.Count > 0:
                Pick(World.Nics).Status = new NetworkInterfaceStatus { State = $"state-{++_version}" };
                break;
            case 1 or 2 when World.Nics.Count > 0:
                // Also addresses that others have.
                Pick(World.Nics).Spec.Ips = [new IpSource { Value = $"10.0.0.{random.Next(1, 8)}" }];
                break;
            case 3 when World.Nics.Count > 0:
                Pick(World.Nics).Spec.NetworkRef = new LocalObjectReference { Name = random.Next(2) == 0 ? "net" : "other" };
                break;
            case 4 when World.Nics.Count > 0:
                Pick(World.Nics).Metadata.DeletionTimestamp = random.Next(2) == 0 ? Now : null;
                break;
            case 5 or 22 when World.Nics.Count > 1:
                // Made again, with a number that another one has, or as others.
                int nth = random.Next(World.Nics.Count);
                string uid = random.Next(3) switch { 0 => $"uid-{++_version}", 1 => SameNumber.Older, _ => SameNumber.Younger };
                World.Nics[nth].Metadata.Uid = World.Nics.Exists(other => other.Metadata.Uid == uid) ? World.Nics[nth].Metadata.Uid : uid;
                break;
            case 6 when World.Nics.Count > 0:
                NetworkInterface nic = Pick(World.Nics);
                nic.Spec.Ips = [new IpSource { Ephemeral = new EphemeralPrefixSource() }];
                break;
            case 7 or 8 when World.Nics.Count > 0:
                NetworkInterface owner = Pick(World.Nics);
                World.Prefixes.RemoveAll(prefix => prefix.Metadata.Name == $"{owner.Metadata.Name}-0");
                World.AddPrefix($"{owner.Metadata.Name}-0", random.Next(4) == 0 ? Pick(World.Nics) : owner, random.Next(4) == 0 ? null : $"10.0.0.{random.Next(1, 8)}/32");
                break;
            case 9 when World.Prefixes.Count > 0:
                World.Prefixes.RemoveAt(random.Next(World.Prefixes.Count));
                break;
            case 10:
                World.Networks.RemoveAll(network => network.Metadata.Name == "other");
                if (random.Next(4) > 0)
                {
                    World.Networks.Add(OtherNetwork(random.Next(4) == 0 ? null : random.Next(78, 80)));
                }

                break;
            case 11 or 12:
                Peer();
                break;
            case 13:
                Host host = Pick(World.Hosts);
                bool isIPv4 = random.Next(2) == 0;
                int number = World.Hosts.IndexOf(host) + 1;
                host.Spec.UnderlayAddresses = isIPv4 ? [$"192.0.2.{number}"] : random.Next(2) == 0 ? [World.UnderlayAddressOf(number).ToString()] : [World.UnderlayAddressOf(number).ToString(), $"192.0.2.{number}"];
                World.NextHops[IPAddress.Parse($"192.0.2.{number}")] = MacAddress.Parse($"02:00:00:00:02:{number:x2}");
                break;
            case 14:
                Host drained = Pick(World.Hosts);
                drained.Spec.Drain = drained.Spec.Drain == true ? null : true;
                break;
            case 15 when World.Devices.Count > 0:
                World.Devices.Remove(World.Devices.Keys.Order(StringComparer.Ordinal).ElementAt(random.Next(World.Devices.Count)));
                break;
            case 16 when World.Devices.Count > 0:
                string name = World.Devices.Keys.Order(StringComparer.Ordinal).ElementAt(random.Next(World.Devices.Count));
                World.Devices[name] = World.Devices[name] with { IsUp = random.Next(2) == 0, IsVeth = random.Next(3) > 0 };
                break;
            case 17:
                World.Silent = random.Next(2) == 0 ? [] : [DatapathAddress.Parse($"198.51.100.{random.Next(1, 6)}")];
                break;
            case 18:
                World.BgpPeers.Clear();
                World.BgpPeers.AddRange(random.Next(2) == 0 ? [] : [new BGPPeer()]);
                break;
            case 19 when World.LoadBalancers.Count > 0:
                Pick(World.LoadBalancers).Spec.NetworkRef = new LocalObjectReference { Name = random.Next(2) == 0 ? "net" : "other" };
                break;
            default:
                if (World.Routings.Count > 0)
                {
                    LoadBalancerRouting routing = Pick(World.Routings);
                    routing.Metadata.ResourceVersion = $"{++_version}";
                    routing.Policy = new RoutingPolicy
                    {
                        Delivery = random.Next(2) == 0 ? "Translate" : null,
                        HealthCheck = random.Next(2) == 0 ? new HealthCheck { Tcp = new TcpHealthCheck() } : null,
                        Announcement = random.Next(2) == 0 ? AnnouncementModes.Bgp : null,
                        Encapsulation = random.Next(6) switch { 0 => EncapsulationModes.Gue, 1 => EncapsulationModes.Geneve, 2 => EncapsulationModes.Ipip, _ => null },
                    };
                    if (random.Next(4) == 0)
                    {
                        // A machine itself, or an address that may be a VIP.
                        routing.Destinations = [new LoadBalancerDestination { Ip = random.Next(2) == 0 ? World.UnderlayAddressOf(random.Next(1, 3)).ToString() : $"198.51.100.{random.Next(1, 6)}" }];
                    }

                    if (random.Next(6) == 0)
                    {
                        Slice(routing);
                    }
                }

                break;
        }
    }

    /// <summary>A slice of the routing, which comes now or later.</summary>
    private void Slice(LoadBalancerRouting routing)
    {
        string name = $"{routing.Metadata.Name}-{++_version}";
        var slice = new LoadBalancerRoutingSlice
        {
            Metadata = new ObjectMeta { Namespace = World.Namespace, Name = name, Uid = $"{name}-uid" },
            Destinations = routing.Destinations,
        };
        (routing.Total, routing.Slices, routing.Destinations) = (routing.Destinations?.Count, [new RoutingSliceRef { Name = name, Fingerprint = RoutingFingerprint.Of(slice) }], null);
        World.Slices.AddRange(_late);
        _late.Clear();
        (random.Next(2) == 0 ? World.Slices : _late).Add(slice);
    }

    private void Peer()
    {
        Network net = World.Networks.Single(network => network.Metadata.Name == "net");
        net.Spec!.Peerings = [new NetworkPeering { Name = "to-other", NetworkRef = new NetworkPeeringNetworkRef { Name = "other" } }];
        net.Status = new NetworkStatus { Peerings = [new NetworkPeeringStatus { Name = "to-other", State = random.Next(3) > 0 ? "Ready" : "Pending" }] };
        if (World.Networks.Find(network => network.Metadata.Name == "other") is { } other)
        {
            string? exposed = random.Next(3) switch { 0 => "10.0.0.0/30", 1 => "10.0.1.0/24", _ => null };
            other.Spec!.Peerings =
            [
                new NetworkPeering { Name = "to-net", NetworkRef = new NetworkPeeringNetworkRef { Name = "net" }, Prefixes = exposed is null ? null : [new PeeringPrefix { Name = "p", Prefix = exposed }] },
            ];
            other.Status = new NetworkStatus
            {
                Peerings = [new NetworkPeeringStatus { Name = "to-net", State = "Ready", Prefixes = exposed is null ? null : [new PeeringPrefixStatus { Name = "p", Prefix = exposed }] }],
            };
        }
    }

    private void Change()
    {
        switch (random.Next(16))
        {
            case 0:
                Now += TimeSpan.FromSeconds(random.Next(1, 400));
                break;
            case 1 when World.LoadBalancers.Count < 8:
                AddLoadBalancer();
                break;
            case 2 when World.LoadBalancers.Count > 0:
                LoadBalancer gone = Pick(World.LoadBalancers);
                World.LoadBalancers.Remove(gone);
                World.Routings.RemoveAll(r => r.Key == gone.Key && random.Next(2) == 0);
                break;
            case 3 or 4 when World.Nics.Count < 9:
                World.AddNic($"nic-{++_version}", World.Nics.Count + 1 + random.Next(3), random.Next(2) == 0 ? "host-a" : "host-b");
                break;
            case 5 when World.Nics.Count > 0:
                World.Nics.RemoveAt(random.Next(World.Nics.Count));
                break;
            case 6 when World.Nics.Count > 0:
                Move(random.Next(World.Nics.Count));
                break;
            case 7:
                World.NextHops[World.UnderlayAddressOf(2)] = MacAddress.Parse($"02:00:00:00:00:{random.Next(10, 14)}");
                break;
            case 8:
                World.NextHops.Remove(World.UnderlayAddressOf(2));
                break;
            case 9:
                if (!World.ReadyHosts.Remove("host-c"))
                {
                    if (!World.Hosts.Exists(h => h.Metadata.Name == "host-c"))
                    {
                        World.AddHost("host-c", 3, "Gateway");
                    }

                    World.ReadyHosts.Add("host-c");
                }

                break;
            case 10 when World.LoadBalancers.Count > 0:
                Edit(random.Next(World.LoadBalancers.Count));
                break;
            case 11 when World.Routings.Count > 0:
                World.Routings.RemoveAt(random.Next(World.Routings.Count));
                break;
            default:
                if (World.LoadBalancers.Count > 0)
                {
                    Route(Pick(World.LoadBalancers));
                }

                break;
        }
    }

    private void AddLoadBalancer()
    {
        int number = ++_version;
        bool isInternal = random.Next(4) == 0;
        LoadBalancer lb = isInternal
            ? World.AddLoadBalancer($"lb-{number}", $"10.0.1.{random.Next(1, 6)}")
            : World.AddLoadBalancer($"lb-{number}", $"198.51.100.{random.Next(1, 6)}", $"2001:db8::{random.Next(1, 6)}");
        lb.Spec.Type = isInternal ? "Internal" : "Public";
        lb.Metadata.CreationTimestamp = World.Start.AddSeconds(random.Next(3));
        Route(lb);
    }

    /// <summary>A network interface on another host.</summary>
    private void Move(int index)
    {
        NetworkInterface old = World.Nics[index];
        string host = old.Spec.ProviderID!.Contains("host-a", StringComparison.Ordinal) ? "host-b" : "host-a";
        World.Nics[index] = new NetworkInterface
        {
            Metadata = old.Metadata,
            Spec = new NetworkInterfaceSpec { ProviderID = $"lodestone://{host}/v-{old.Metadata.Name}", NetworkRef = old.Spec.NetworkRef, IpFamilies = old.Spec.IpFamilies, Ips = old.Spec.Ips },
        };
    }

    private void Edit(int index)
    {
        LoadBalancer old = World.LoadBalancers[index];
        List<LoadBalancerPort>? ports = random.Next(4) switch
        {
            0 => null,
            1 => [new LoadBalancerPort { Port = 0 }],
            2 => random.Next(2) == 0 ? [new LoadBalancerPort { Port = 2 }, new LoadBalancerPort { Port = 7 }] : [new LoadBalancerPort { Port = 7 }, new LoadBalancerPort { Port = 2 }],
            _ => [new LoadBalancerPort { Port = random.Next(1, 4) }],
        };
        List<string>? ips = random.Next(6) switch
        {
            0 => null,
            1 => ["no address"],
            _ => old.Status?.Ips,
        };
        World.LoadBalancers[index] = new LoadBalancer
        {
            Metadata = new ObjectMeta
            {
                Namespace = old.Metadata.Namespace,
                Name = old.Metadata.Name,
                Uid = old.Metadata.Uid,
                CreationTimestamp = old.Metadata.CreationTimestamp,
                Generation = ++_version,
                DeletionTimestamp = random.Next(6) == 0 ? Now : null,
            },
            Spec = new LoadBalancerSpec
            {
                Type = old.Spec.Type,
                IpFamilies = old.Spec.IpFamilies,
                NetworkRef = old.Spec.NetworkRef,
                NetworkInterfaceSelector = old.Spec.NetworkInterfaceSelector,
                Ports = ports,
            },
            Status = new LoadBalancerStatus { Ips = ips },
        };
    }

    private void Route(LoadBalancer lb)
    {
        LoadBalancerRouting? old = World.Routings.Find(r => r.Key == lb.Key);
        NetworkInterface[] nics = [.. World.Nics.Where(_ => random.Next(3) > 0)];
        LoadBalancerRouting routing = World.Route(lb, nics);
        routing.Metadata.ResourceVersion = $"{++_version}";
        routing.RingGeneration = _version;
        if (random.Next(8) == 0)
        {
            routing.Destinations = [new LoadBalancerDestination { Ip = random.Next(2) == 0 ? "nonsense" : "198.51.100.3" }];
        }

        if (old?.Destinations is { } former && random.Next(2) == 0)
        {
            HashSet<string?> now = [.. nics.Select(n => n.Metadata.Uid)];
            LoadBalancerDestination[] left = [.. former.Where(d => d.Uid is not null && !now.Contains(d.Uid))];
            routing.RingHistory =
            [
                new RingChange
                {
                    Generation = _version,
                    Until = Now.AddSeconds(random.Next(60, 300)),
                    UdpUntil = Now.AddSeconds(random.Next(10, 60)),
                    Added = [.. nics.Where(n => !former.Exists(d => d.Uid == n.Metadata.Uid)).Select(World.MemberOf)],
                    Removed = [.. left.Select(d => new RingMember { Uid = d.Uid, Ip = d.Ip! })],
                },
            ];
            routing.Draining = [.. left.Where(_ => random.Next(3) > 0).Select(d => new LoadBalancerDraining { Ip = d.Ip, Uid = d.Uid, TargetRef = d.TargetRef, Deadline = Now.AddSeconds(random.Next(30, 200)) })];
        }
    }

    private T Pick<T>(List<T> list) => list[random.Next(list.Count)];
}
