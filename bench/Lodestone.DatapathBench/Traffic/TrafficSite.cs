using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

using Lodestone.Cli.Lab;
using Lodestone.Linux.Netlink;

namespace Lodestone.DatapathBench.Traffic;

/// <summary>A lab of its own with three HTTP servers and one way from the client to them. Made once, loaded in turn with the others.</summary>
/// <remarks>
/// All ways share the cables: client, switch, the machine with the servers, the servers' own namespaces. With <see cref="TrafficLayout.Remote"/> a second
/// machine is the gateway, which the direct way does without.
/// </remarks>
internal abstract class TrafficSite(NetworkLab lab, TrafficLayout layout, bool isWire) : IAsyncDisposable
{
    public const int UdpPort = 9000;

    private const int FirstSource = 100;
    private const int Sources = 100;
    private const string WorkloadGateway = "169.254.0.1";

    private readonly string _directory = Directory.CreateTempSubdirectory("datapathbench-").FullName;
    private readonly List<Socket> _sinks = [];
    private int _source;

    public NetworkLab Lab => lab;

    /// <summary>direct, lodestone, lodestone-xdp, nftables or haproxy.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the lab's cables behave like wire (<see cref="LabOptions.BehavesLikeWire"/>).</summary>
    public bool IsWire => isWire;

    /// <summary>What the client sends to; each of its threads takes the next.</summary>
    public abstract IReadOnlyList<IPAddress> Addresses { get; }

    public virtual bool TakesUdp => true;

    protected string Scratch => _directory;

    /// <summary>The workloads that answer.</summary>
    protected virtual IEnumerable<LabWorkload> Servers => lab.Workloads;

    /// <summary>The machine that balances.</summary>
    protected LabHost Gateway => lab.HostA;

    /// <summary>The machine that the servers live on.</summary>
    protected LabHost ServerHost => layout == TrafficLayout.Local ? lab.HostA : lab.HostB;

    protected TrafficLayout Layout => layout;

    /// <summary>A lab as the kernel makes it has no XDP program but ours, and where that answers ARP its neighbour needs one.</summary>
    public static LabOptions OptionsOf(TrafficLayout layout, int servers, bool isWire, bool isXdp)
    {
        string[] names = [.. Enumerable.Range(1, servers).Select(i => string.Create(CultureInfo.InvariantCulture, $"web-{i}"))];
        return new LabOptions
        {
            Hosts = layout == TrafficLayout.Local ? [new("host-a", names), new("host-b")] : [new("host-a"), new("host-b", names)],
            BehavesLikeWire = isWire,
            TakesXdpFrames = isWire || isXdp,
        };
    }

    /// <summary>Makes the client many clients, starts the servers and then the way to them.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using (RtNetlink client = RtNetlink.Open(lab.Client.Namespace))
        {
            for (int i = 0; i < Sources; i++)
            {
                client.AddAddress(lab.Client.DeviceIndex, SourceOf(i), 24);
            }
        }

        lab.Client.Namespace.SetVariable("net/ipv4/ip_local_port_range", "1024 65535");
        foreach (LabHost host in (LabHost[])[lab.HostA, lab.HostB])
        {
            host.Namespace.SetVariable("net/ipv4/ip_forward", "1");
        }

        foreach (LabWorkload workload in Servers)
        {
            StartServer(workload);
            OpenSink(workload);
        }

        await PrepareAsync(cancellationToken);
        NextSource();
    }

    /// <summary>Another address for the client's connections from now on: a hundred clients with ten thousands of ports each.</summary>
    public void NextSource()
    {
        IPAddress source = SourceOf(_source++ % Sources);
        using RtNetlink client = RtNetlink.Open(lab.Client.Namespace);
        client.AddRoute(Route() with { PreferredSource = source });
    }

    /// <summary>Datagrams that have reached the servers so far, whether or not somebody reads them.</summary>
    public long CountDatagrams() => Servers.Sum(workload => workload.Namespace.Run(() =>
    {
        // Two lines for each protocol: names, then values.
        string[][] udp = [.. File.ReadLines("/proc/thread-self/net/snmp").Where(line => line.StartsWith("Udp:", StringComparison.Ordinal)).Select(line => line.Split(' '))];
        return Value("InDatagrams") + Value("RcvbufErrors");

        long Value(string name) => long.Parse(udp[1][Array.IndexOf(udp[0], name)], CultureInfo.InvariantCulture);
    }));

    /// <summary>Entries of the gateway's connection table; null where it has none.</summary>
    public virtual long? CountConnections() => null;

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        foreach (Socket sink in _sinks)
        {
            sink.Dispose();
        }

        await DisposeLabAsync();
        Directory.Delete(_directory, recursive: true);
    }

    protected abstract Task PrepareAsync(CancellationToken cancellationToken);

    /// <summary>The client's route to <see cref="Addresses"/>.</summary>
    protected abstract RouteSettings Route();

    protected virtual ValueTask DisposeLabAsync() => lab.DisposeAsync();

    /// <summary>Lets the servers' machine route for them: without an agent nobody answers for their gateway.</summary>
    protected void BePlainRouter()
    {
        using RtNetlink host = RtNetlink.Open(ServerHost.Namespace);
        foreach (LabWorkload workload in lab.Workloads)
        {
            host.AddAddress(host.GetLink(workload.HostDevice).Index, IPAddress.Parse(WorkloadGateway), 32);
        }
    }

    /// <summary>Has the gateway own an address itself and know the way to servers on another machine: what balances there is the kernel's or a process.</summary>
    protected void OwnAddress(IPAddress vip)
    {
        BePlainRouter();
        using RtNetlink gateway = RtNetlink.Open(Gateway.Namespace);
        gateway.AddAddress(Gateway.DeviceIndex, vip, 32);
        if (Layout == TrafficLayout.Remote)
        {
            gateway.AddRoute(new RouteSettings(IPNetwork.Parse("10.0.0.0/24"), Gateway.DeviceIndex) { Gateway = ServerHost.Ipv4 });
        }
    }

    protected Process Start(LabNode node, string program, params string[] arguments)
    {
        string path = Cli.Doctor.ToolChecks.Find(program) ?? throw new InvalidOperationException($"{program} is not installed; apt-get install wrk nginx-light nftables haproxy");
        return lab.Start(node, new ProcessStartInfo(path, arguments));
    }

    protected async Task RunAsync(LabNode node, string program, params string[] arguments)
    {
        using Process process = Start(node, program, arguments);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed with {process.ExitCode}");
        }
    }

    private static IPAddress SourceOf(int i) => new([192, 0, 2, (byte)(FirstSource + i)]);

    private void StartServer(LabWorkload workload)
    {
        string prefix = Path.Combine(_directory, workload.Name);
        Directory.CreateDirectory(prefix);
        string config = Path.Combine(prefix, "nginx.conf");
        File.WriteAllText(
            config,
            $$"""
            daemon off;
            master_process off;
            user root;
            pid {{prefix}}/pid;
            error_log stderr crit;
            events { worker_connections 4096; }
            http {
                access_log off;
                keepalive_requests 1000000000;
                client_body_temp_path {{prefix}}/body;
                proxy_temp_path {{prefix}}/proxy;
                fastcgi_temp_path {{prefix}}/fastcgi;
                uwsgi_temp_path {{prefix}}/uwsgi;
                scgi_temp_path {{prefix}}/scgi;
                server {
                    listen 80 backlog=4096;
                    location / { return 200 "{{workload.Name}}\n"; }
                }
            }
            """);
        Start(workload, "nginx", "-p", prefix, "-e", "stderr", "-c", config).Dispose();
    }

    /// <summary>Somebody has to have the port, or every datagram costs an ICMP error. It is never read: what overflows has arrived as well.</summary>
    private void OpenSink(LabWorkload workload) => _sinks.Add(workload.Namespace.Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 4096 };
        socket.Bind(new IPEndPoint(IPAddress.Any, UdpPort));
        return socket;
    }));
}
