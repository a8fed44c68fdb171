using Lodestone.Bpf;

namespace Lodestone.Agent.Kernel;

/// <summary>Where one machine's maps and links are pinned. Machines that are network namespaces of one kernel use different directories.</summary>
internal sealed class DatapathPins(string directory)
{
    private const string LinkDirectory = "links";
    private const string NicPrefix = "nic-";

    public string Directory => directory;

    public string Config => Path.Combine(directory, "config");

    public string UplinkXdp => Link("uplink-xdp");

    public string UplinkTc => Link("uplink-tc");

    public string Nic(uint ifindex) => Link($"{NicPrefix}{ifindex}");

    /// <summary>Makes the directories.</summary>
    public void Create()
    {
        System.IO.Directory.CreateDirectory(directory);
        System.IO.Directory.CreateDirectory(Path.Combine(directory, LinkDirectory));
    }

    /// <summary>Interface indexes of NICs that have a pinned link.</summary>
    public List<uint> Nics()
    {
        var nics = new List<uint>();
        foreach (string path in Links())
        {
            string name = Path.GetFileName(path);
            if (name.StartsWith(NicPrefix, StringComparison.Ordinal) && uint.TryParse(name.AsSpan(NicPrefix.Length), out uint ifindex))
            {
                nics.Add(ifindex);
            }
        }

        return nics;
    }

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

    /// <summary>Detaches the program of a pinned link, if there is one, and removes the pin.</summary>
    public static void Detach(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        // Without its pin and its descriptor a link is gone, and with it the program from the device.
        File.Delete(path);
    }

    /// <summary>
    /// Has <paramref name="program"/> run at the device: replaces the program of the pinned link, or attaches and pins.
    /// The old or the new program sees every packet.
    /// </summary>
    public static void Attach(string path, uint ifindex, BpfProgram program, Func<BpfLink> attach)
    {
        if (File.Exists(path))
        {
            using BpfLink pinned = BpfLink.OpenPinned(path);
            if (pinned.Ifindex == (int)ifindex)
            {
                if (pinned.ProgramId != program.Id)
                {
                    pinned.Update(program);
                }

                return;
            }
        }

        // A link of a device that is gone, or of another one.
        Detach(path);
        using BpfLink link = attach();
        link.Pin(path);
    }

    private string Link(string name) => Path.Combine(directory, LinkDirectory, name);

    private string[] Links()
    {
        string links = Path.Combine(directory, LinkDirectory);
        return System.IO.Directory.Exists(links) ? System.IO.Directory.GetFiles(links) : [];
    }
}
