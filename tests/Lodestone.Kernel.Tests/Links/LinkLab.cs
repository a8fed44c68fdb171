using System.Diagnostics;
using System.Globalization;

namespace Lodestone.Kernel.Tests.Links;

/// <summary>Two veth pairs: an uplink whose far end is in a namespace "client", a NIC whose far end is in a namespace "workload".</summary>
internal sealed class LinkLab : IDisposable
{
    private static int _count;

    private readonly string _tag = $"{Environment.ProcessId % 10000}{Interlocked.Increment(ref _count)}";

    internal LinkLab()
    {
        Ip($"netns add {Client}");
        Ip($"netns add {Workload}");
        Ip($"link add {Uplink} type veth peer name client0 netns {Client}");
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

    internal static int Ifindex(string device)
        => int.Parse(File.ReadAllText($"/sys/class/net/{device}/ifindex"), CultureInfo.InvariantCulture);

    internal static string Ip(string arguments) => Run("ip", arguments);

    internal static string Run(string command, string arguments)
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
