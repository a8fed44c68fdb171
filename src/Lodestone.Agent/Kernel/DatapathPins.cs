using System.Globalization;
using Lodestone.Bpf;
using Lodestone.Bpf.Btf;

namespace Lodestone.Agent.Kernel;

/// <summary>Where one machine's maps and links are pinned. Machines that are network namespaces of one kernel use different directories.</summary>
/// <remarks>
/// <c>links/</c> has a link for each device. <c>sets/ID/</c> has the maps of one layout and size, their <see cref="LayoutSchema"/> as text, and the
/// programs that use them; there is more than one only while a release replaces another. Layout 1 had its maps in the directory itself.
/// Names have no dots: a BPF file system reserves them.
/// </remarks>
internal sealed class DatapathPins(string directory)
{
    /// <summary>Serves the uplink in tc, alone.</summary>
    public const string TcProgram = "lodestone_tc";

    private const string LinkDirectory = "links";
    private const string SetDirectory = "sets";
    private const string NicPrefix = "nic-";
    private const string FilterPrefix = "filter-";
    private const string UplinkFilterPrefix = "filter-uplink-";
    private const string NicFilterPrefix = "filter-nic-";
    private const string ProbeFilterPrefix = "filter-probe-";

    public string Directory => directory;

    public string UplinkXdp => Link("uplink-xdp");

    public string UplinkTc => Link("uplink-tc");

    public string Nic(uint ifindex) => Link($"{NicPrefix}{ifindex}");

    public string UplinkFilter(uint ifindex) => Link($"{UplinkFilterPrefix}{ifindex}");

    public string NicFilter(uint ifindex) => Link($"{NicFilterPrefix}{ifindex}");

    /// <summary>Of the program that hands on health checks.</summary>
    public string Probe => Link("probe");

    public string ProbeFilter(uint ifindex) => Link($"{ProbeFilterPrefix}{ifindex}");

    public string Set(string id) => Path.Combine(directory, SetDirectory, id);

    /// <summary>Makes the directories.</summary>
    public void Create()
    {
        System.IO.Directory.CreateDirectory(directory);
        System.IO.Directory.CreateDirectory(Path.Combine(directory, LinkDirectory));
        System.IO.Directory.CreateDirectory(Path.Combine(directory, SetDirectory));
    }

    /// <summary>The sets of maps that are pinned and whole; those whose making was interrupted are left out.</summary>
    public List<PinnedSet> Sets()
    {
        var sets = new List<PinnedSet>();
        string all = Path.Combine(directory, SetDirectory);
        if (System.IO.Directory.Exists(all))
        {
            sets.AddRange(System.IO.Directory.GetDirectories(all).Order(StringComparer.Ordinal).Where(PinnedSet.IsWhole).Select(PinnedSet.Open));
        }

        if (File.Exists(Path.Combine(directory, "config")))
        {
            sets.Add(PinnedSet.OpenLayout1(directory));
        }

        return sets;
    }

    /// <summary>What serves the uplink: XDP or else tc; null when nothing does.</summary>
    public ServingProgram? Serving()
    {
        if (AtLink(UplinkXdp) is { } xdp)
        {
            return new ServingProgram(xdp.ProgramId, xdp.Ifindex, IsTc: false);
        }

        foreach ((uint id, int ifindex) in UplinkTcPrograms())
        {
            if (Sets().Exists(set => set.HasProgram(TcProgram, id)))
            {
                return new ServingProgram(id, ifindex, IsTc: true);
            }
        }

        return null;
    }

    /// <summary>Whether XDP at a device is ours.</summary>
    public bool HasXdpAt(uint ifindex) => AtLink(UplinkXdp) is { } xdp && xdp.Ifindex == (int)ifindex;

    /// <summary>The set that the uplink's packets are served from; null when no program is attached there.</summary>
    public PinnedSet? Served()
    {
        if (Serving() is not { } serving)
        {
            return null;
        }

        List<PinnedSet> sets = Sets();
        return sets.Find(set => set.HasProgram(serving.Id)) ?? sets.Find(set => set.IsLayout1);
    }

    /// <summary>Removes the pins of every set but one: their maps go when no program uses them.</summary>
    public void RemoveOtherSets(string id)
    {
        string all = Path.Combine(directory, SetDirectory);
        foreach (string set in System.IO.Directory.GetDirectories(all).Where(set => Path.GetFileName(set) != id))
        {
            PinnedSet.Remove(set);
        }

        foreach (string map in System.IO.Directory.GetFiles(directory))
        {
            File.Delete(map);
        }
    }

    /// <summary>Interface indexes of NICs that have a pinned link or filter.</summary>
    public List<uint> Nics() => [.. Indexes(NicPrefix).Concat(Indexes(NicFilterPrefix)).Distinct()];

    /// <summary>Detaches every program and removes all pins: the maps go when nobody has them open.</summary>
    public void Remove()
    {
        foreach (string link in Links())
        {
            Detach(link);
        }

        if (System.IO.Directory.Exists(directory))
        {
            System.IO.Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Detaches the program of a pinned link or filter, if there is one, and removes the pin.</summary>
    public static void Detach(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        string name = Path.GetFileName(path);
        if (name.StartsWith(FilterPrefix, StringComparison.Ordinal))
        {
            // A filter belongs to its device. Another namespace may have another device of that index: then the program differs.
            int ifindex = int.Parse(name.AsSpan(name.LastIndexOf('-') + 1), CultureInfo.InvariantCulture);
            using BpfProgram program = BpfProgram.OpenPinned(path);
            if (TcFilter.ProgramAt(ifindex) == program.Id)
            {
                TcFilter.Detach(ifindex);
            }
        }
        else
        {
            // Without its pin and its descriptor a link goes by itself, but later.
            using BpfLink link = BpfLink.OpenPinned(path);
            if (link.Ifindex != 0)
            {
                link.Detach();
            }
        }

        File.Delete(path);
    }

    /// <summary>Removes what is left at devices that are not the uplink any more.</summary>
    public void DetachOtherUplinkFilters(uint ifindex)
    {
        foreach (uint other in Indexes(UplinkFilterPrefix).Where(other => other != ifindex))
        {
            Detach(UplinkFilter(other));
        }
    }

    /// <summary>Removes what is left at devices that health checks do not go by any more.</summary>
    /// <param name="ifindex">The device that they go by; 0: none.</param>
    public void DetachOtherProbeFilters(uint ifindex)
    {
        foreach (uint other in Indexes(ProbeFilterPrefix).Where(other => other != ifindex))
        {
            Detach(ProbeFilter(other));
        }
    }

    /// <summary>The tc programs at the uplink, attached by a link or as a filter.</summary>
    private IEnumerable<(uint ProgramId, int Ifindex)> UplinkTcPrograms()
    {
        if (AtLink(UplinkTc) is { } link)
        {
            yield return link;
        }

        foreach (uint ifindex in Indexes(UplinkFilterPrefix))
        {
            using BpfProgram filter = BpfProgram.OpenPinned(UplinkFilter(ifindex));
            if (TcFilter.ProgramAt((int)ifindex) == filter.Id)
            {
                yield return (filter.Id, (int)ifindex);
            }
        }
    }

    /// <summary>What a pinned link runs, and where; null where there is no link, or its device is gone.</summary>
    private static (uint ProgramId, int Ifindex)? AtLink(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using BpfLink link = BpfLink.OpenPinned(path);
        return link.Ifindex == 0 ? null : (link.ProgramId, link.Ifindex);
    }

    private string Link(string name) => Path.Combine(directory, LinkDirectory, name);

    private IEnumerable<uint> Indexes(string prefix)
    {
        foreach (string name in Links().Select(path => Path.GetFileName(path)))
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal) && uint.TryParse(name.AsSpan(prefix.Length), CultureInfo.InvariantCulture, out uint ifindex))
            {
                yield return ifindex;
            }
        }
    }

    private string[] Links()
    {
        string links = Path.Combine(directory, LinkDirectory);
        return System.IO.Directory.Exists(links) ? System.IO.Directory.GetFiles(links) : [];
    }
}
