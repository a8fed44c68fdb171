using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Lodestone.Cli.Doctor;

/// <summary>Whether the programs and libraries that are used from outside are there.</summary>
internal static class ToolChecks
{
    private const string Area = "tools";
    private const string OtherZebra = "/run/frr/zebra.pid";

    /// <summary>Looks.</summary>
    public static IEnumerable<Finding> Check()
    {
        bool libbpf = NativeLibrary.TryLoad("libbpf.so.1", out nint handle);
        if (libbpf)
        {
            NativeLibrary.Free(handle);
        }

        yield return Finding.When(
            libbpf, Area, "libbpf", "libbpf.so.1 is there", FindingLevel.Broken, "libbpf.so.1 is missing; it loads the packet programs", "apt-get install libbpf1");
        yield return Tool(["kubectl"], "apt-get install kubernetes-client, or https://kubernetes.io/docs/tasks/tools", "the usual client; the demo does without");
        yield return Tool(["ip"], "apt-get install iproute2", "shows the demo's namespaces; Lodestone itself does not call it");
        yield return Bgp();
        yield return Tool(["clang", "clang-19"], "apt-get install clang-19", "compiles the packet programs; needed only for building");
    }

    /// <summary>What can speak BGP, and whether Debian's service of it is in the way.</summary>
    private static Finding Bgp()
    {
        const string use = "announces addresses to routers; needed only where a BGPPeer selects this machine";
        const string install = "apt-get install frr && systemctl disable --now frr";
        string[] found = [.. ((string[])["/usr/lib/frr/bgpd", "/usr/libexec/frr/bgpd", "/usr/sbin/bird"]).Where(File.Exists).Select(path => $"{path}{VersionOf(path)}")];
        return found.Length > 0 && File.Exists(OtherZebra) && Directory.Exists($"/proc/{File.ReadAllText(OtherZebra).Trim()}")
            ? new Finding(Area, "bgp", FindingLevel.Warning, $"{string.Join(", ", found)}; the machine's own FRR runs, beside which the agent starts none", "systemctl disable --now frr, or lodestone agent --bgp-driver bird")
            : Finding.When(found.Length > 0, Area, "bgp", $"{string.Join(", ", found)}: {use}", FindingLevel.Warning, $"neither FRR nor BIRD: {use}", install);
    }

    /// <summary>The version in the first line that a program prints, with a blank before; empty where it tells none.</summary>
    private static string VersionOf(string path)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(path, ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
            process.WaitForExit();
            return said.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(word => char.IsAsciiDigit(word[0])) is { } version ? $" {version}" : "";
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return "";
        }
    }

    /// <summary>Where a program is on the PATH; null if it is not.</summary>
    public static string? Find(string name)
    {
        // sbin is where Debian keeps ip, and not on everybody's PATH.
        string path = (Environment.GetEnvironmentVariable("PATH") ?? "") + ":/usr/sbin:/sbin";
        return path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>A program under any of its names; the first is what the finding is called.</summary>
    private static Finding Tool(string[] names, string remedy, string use)
    {
        string? path = names.Select(Find).FirstOrDefault(found => found is not null);
        return Finding.When(path is not null, Area, names[0], $"{path}: {use}", FindingLevel.Warning, $"not found: {use}", remedy);
    }
}
