using System.Globalization;

namespace Lodestone.Cli.Lab;

/// <summary>What a lab must remember so that a later run can clear away what a crashed one left: a small text file in <c>/run</c>.</summary>
/// <remarks>Written before anything else is made and removed after everything else is gone. Not thread-safe.</remarks>
internal sealed class LabState
{
    private const string Folder = "/run/lodestone/labs";

    private readonly List<ProcessIdentity> _processes = [];

    private LabState(string id, ProcessIdentity owner)
    {
        Id = id;
        Owner = owner;
    }

    /// <summary>The lab's id.</summary>
    public string Id { get; }

    /// <summary>The process that made the lab.</summary>
    public ProcessIdentity Owner { get; }

    /// <summary>Whether the lab is to outlive its owner.</summary>
    public bool IsKept { get; private set; }

    /// <summary>Processes the lab started.</summary>
    public IReadOnlyList<ProcessIdentity> Processes => _processes;

    private string Path => PathOf(Id);

    /// <summary>Reserves an id.</summary>
    /// <returns>Null when the id is taken.</returns>
    public static LabState? TryCreate(string id)
    {
        _ = Directory.CreateDirectory(Folder);
        var state = new LabState(id, ProcessIdentity.Find(Environment.ProcessId)!.Value);

        // Complete when it appears: to others, an id without an owner is a leftover.
        string temporary = string.Create(CultureInfo.InvariantCulture, $"{PathOf(id)}.{Environment.ProcessId}");
        File.WriteAllText(temporary, state.Format());
        try
        {
            File.Move(temporary, PathOf(id), overwrite: false);
            return state;
        }
        catch (IOException) when (File.Exists(PathOf(id)))
        {
            File.Delete(temporary);
            return null;
        }
    }

    /// <summary>The ids that have a file.</summary>
    public static IReadOnlyList<string> ListIds() =>
        Directory.Exists(Folder) ? [.. Directory.EnumerateFiles(Folder).Select(path => System.IO.Path.GetFileName(path)).Where(name => !name.Contains('.', StringComparison.Ordinal))] : [];

    /// <summary>Whether an id has a file.</summary>
    public static bool Exists(string id) => File.Exists(PathOf(id));

    /// <summary>Removes the file of an id, if there is one.</summary>
    public static void Remove(string id)
    {
        try
        {
            File.Delete(PathOf(id));
        }
        catch (DirectoryNotFoundException)
        {
            // No lab has been made since the machine started.
        }
    }

    /// <summary>Reads the file of an id.</summary>
    /// <returns>Null when there is none, or it was not finished.</returns>
    public static LabState? TryLoad(string id)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(PathOf(id));
        }
        catch (IOException)
        {
            return null;
        }

        LabState? state = null;
        foreach (string line in lines)
        {
            string[] words = line.Split(' ');
            switch (words[0])
            {
                case "owner":
                    state = new LabState(id, ParseIdentity(words));
                    break;
                case "kept" when state is not null:
                    state.IsKept = true;
                    break;
                case "process" when state is not null:
                    state._processes.Add(ParseIdentity(words));
                    break;
                default:
                    break;
            }
        }

        return state;
    }

    /// <summary>Notes a process.</summary>
    public void AddProcess(ProcessIdentity process)
    {
        _processes.Add(process);
        Save();
    }

    /// <summary>Notes that the lab outlives its owner.</summary>
    public void Keep()
    {
        IsKept = true;
        Save();
    }

    private static ProcessIdentity ParseIdentity(string[] words) =>
        new(int.Parse(words[1], CultureInfo.InvariantCulture), long.Parse(words[2], CultureInfo.InvariantCulture));

    private static string PathOf(string id) => $"{Folder}/{id}";

    private void Save()
    {
        // Renamed into place: a reader sees the old file or the new one.
        string temporary = Path + ".new";
        File.WriteAllText(temporary, Format());
        File.Move(temporary, Path, overwrite: true);
    }

    private string Format()
    {
        var lines = new List<string> { string.Create(CultureInfo.InvariantCulture, $"owner {Owner.Id} {Owner.StartTime}") };
        lines.AddRange(_processes.Select(p => string.Create(CultureInfo.InvariantCulture, $"process {p.Id} {p.StartTime}")));
        if (IsKept)
        {
            lines.Add("kept");
        }

        return string.Join('\n', lines) + "\n";
    }
}
