using System.Diagnostics;
using Lodestone.Linux.Namespaces;
using Lodestone.Linux.Netlink;

namespace Lodestone.Kernel.Tests.Links;

/// <summary>A machine in a namespace of its own, with two veth pairs: an uplink whose far end is in a namespace "client", a NIC whose far end is in a namespace "workload".</summary>
internal sealed class LinkLab : IDisposable
{
    private static int _count;

    private readonly string _tag = $"{Environment.ProcessId % 10000}{Interlocked.Increment(ref _count)}";

    private LinkLab(int queues)
    {
        string many = queues == 1 ? "" : $" numrxqueues {queues} numtxqueues {queues}";
        Ip($"netns add {Client}");
        Ip($"netns add {Workload}");
        Ip($"link add {Uplink}{many} type veth peer name client0{many} netns {Client}");
        Ip($"link add {Nic} type veth peer name eth0 netns {Workload}");
        Ip($"link set {Uplink} address 02:00:00:00:00:02 up");
        Ip($"link set {Nic} up");
        Ip($"-n {Client} link set client0 address 02:00:00:00:00:01 up");
        Ip($"-n {Workload} link set eth0 up");
        Ip($"-n {Workload} link set lo up");
    }

    internal string Client => $"lsk-c{_tag}";

    internal string Workload => $"lsk-w{_tag}";

    internal string Uplink => $"lsku{_tag}";

    internal string Nic => $"lskn{_tag}";

    internal string PinDirectory => $"/sys/fs/bpf/lsk{_tag}";

    /// <summary>Runs a test on a thread that is in the machine's namespace; the commands it starts are there too.</summary>
    internal static void Run(Action<LinkLab> test, int queues = 1)
    {
        string machine = $"lsk-m{Environment.ProcessId % 10000}{Interlocked.Increment(ref _count)}";
        using NetworkNamespace home = NetworkNamespace.Create(machine);
        try
        {
            home.Run(() =>
            {
                using LinkLab lab = new(queues);
                test(lab);
            });
        }
        finally
        {
            NetworkNamespace.Delete(machine);
        }
    }

    internal static int Ifindex(string device)
    {
        using RtNetlink netlink = RtNetlink.Open();
        return netlink.GetLink(device).Index;
    }

    internal static string Ip(string arguments) => Start("ip", arguments);

    private static string Start(string command, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        string output = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{command} {arguments}: {error.Trim()}");
    }

    public void Dispose()
    {
        if (Directory.Exists(PinDirectory))
        {
            Directory.Delete(PinDirectory, recursive: true);
        }

        Ip($"link del {Uplink}");
        Ip($"link del {Nic}");
        Ip($"netns del {Client}");
        Ip($"netns del {Workload}");
    }
}
