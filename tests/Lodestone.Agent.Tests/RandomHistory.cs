using Lodestone.Agent.Desired;
using Lodestone.Api.Meta;
using Lodestone.Api.Networking;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Tests;

/// <summary>A world that changes as the API's objects do: an object that changes is another instance, all others are the same.</summary>
internal sealed class RandomHistory(Random random)
{
    private WorldSnapshot? _last;
    private int _version = 10;

    public World World { get; } = new();

    public DateTimeOffset Now { get; private set; } = World.Start;

    /// <summary>Collections that have not changed are the same instances, as an informer's are.</summary>
    public WorldSnapshot Frozen(WorldSnapshot next)
    {
        if (_last is { } last)
        {
            next = next with
            {
                NetworkInterfaces = Same(last.NetworkInterfaces, next.NetworkInterfaces),
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
            Change();
        }
    }

    private static IReadOnlyCollection<T> Same<T>(IReadOnlyCollection<T> last, IReadOnlyCollection<T> next) =>
        last.Count == next.Count && last.Zip(next).All(pair => ReferenceEquals(pair.First, pair.Second)) ? last : next;

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
