using System.Text;
using Lodestone.Bpf;
using Lodestone.Bpf.Btf;

namespace Lodestone.Agent.Kernel;

/// <summary>The pinned maps of one layout and size, with the programs that use them.</summary>
internal sealed class PinnedSet
{
    private const string SchemaPin = "schema";
    private const string ProgramDirectory = "programs";

    private PinnedSet(string directory, LayoutSchema schema, bool isLayout1) => (Directory, Schema, IsLayout1) = (directory, schema, isLayout1);

    public string Directory { get; }

    /// <summary>What its maps hold.</summary>
    public LayoutSchema Schema { get; }

    /// <summary>Of the release that wrote no schema and pinned its maps in the directory of all.</summary>
    public bool IsLayout1 { get; }

    public string Id => IsLayout1 ? "layout1" : Path.GetFileName(Directory);

    /// <summary>Whether a set was made to the end: its schema is pinned last.</summary>
    public static bool IsWhole(string directory) => File.Exists(Path.Combine(directory, SchemaPin));

    public static PinnedSet Open(string directory)
    {
        using BpfMap schema = BpfMap.OpenPinned(Path.Combine(directory, SchemaPin));
        return new PinnedSet(directory, LayoutSchema.Parse(schema.ReadText()), isLayout1: false);
    }

    public static PinnedSet OpenLayout1(string directory)
    {
        using Stream text = typeof(PinnedSet).Assembly.GetManifestResourceStream("layout-1.txt")
            ?? throw new InvalidOperationException("This build lacks layout-1.txt.");
        using var reader = new StreamReader(text, Encoding.UTF8);
        return new PinnedSet(directory, LayoutSchema.Parse(reader.ReadToEnd()), isLayout1: true);
    }

    /// <summary>Marks a set as whole.</summary>
    public static PinnedSet Finish(string directory, LayoutSchema schema)
    {
        using BpfMap map = BpfMap.CreateText(SchemaPin, schema.ToString());
        map.Pin(Path.Combine(directory, SchemaPin));
        return new PinnedSet(directory, schema, isLayout1: false);
    }

    /// <summary>Removes a set's pins, the mark that it is whole first.</summary>
    public static void Remove(string directory)
    {
        if (System.IO.Directory.Exists(directory))
        {
            File.Delete(Path.Combine(directory, SchemaPin));
            System.IO.Directory.Delete(directory, recursive: true);
        }
    }

    public BpfMap OpenMap(string name) => BpfMap.OpenPinned(Path.Combine(Directory, name));

    public bool HasMap(string name) => File.Exists(Path.Combine(Directory, name));

    /// <summary>
    /// Pins a program before it is attached, beside the one it replaces: whatever is attached can be told from its pins, at any time.
    /// </summary>
    public void PinProgram(BpfProgram program)
    {
        string programs = Path.Combine(Directory, ProgramDirectory);
        System.IO.Directory.CreateDirectory(programs);
        string path = PathOf(program.Name, program.Id);
        if (!File.Exists(path))
        {
            program.Pin(path);
        }
    }

    /// <summary>Removes the pins of programs that are attached no more.</summary>
    public void RemoveOtherPrograms(IReadOnlySet<uint> ids)
    {
        foreach (string path in Programs())
        {
            if (!ids.Contains(IdOf(path)))
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>Whether a program is one that uses this set.</summary>
    public bool HasProgram(uint id) => Programs().Any(path => IdOf(path) == id);

    /// <summary>Whether a program is the one of this name that uses this set.</summary>
    public bool HasProgram(string name, uint id) => !IsLayout1 && File.Exists(PathOf(name, id));

    private string PathOf(string name, uint id) => Path.Combine(Directory, ProgramDirectory, $"{name}-{id}");

    private static uint IdOf(string path)
    {
        using BpfProgram program = BpfProgram.OpenPinned(path);
        return program.Id;
    }

    private string[] Programs()
    {
        string programs = Path.Combine(Directory, ProgramDirectory);
        return !IsLayout1 && System.IO.Directory.Exists(programs) ? System.IO.Directory.GetFiles(programs) : [];
    }
}
