using System.Globalization;

using Lodestone.Linux.Processes;

namespace Lodestone.Cli.Lab;

/// <summary>What a lab must remember so that a later run can clear away what a crashed one left: a small text file in <c>/run</c>.</summary>
/// <remarks>Written before anything else is made and removed after everything else is gone. Not thread-safe.</remarks>
internal sealed class LabState
{
    private const string Folder = "/run/lodestone/labs";

    private readonly List<(ProcessIdentity Identity, string? Name)> _processes = [];

    private LabState(string id, ProcessIdentity owner, string? name)
    {
        Id = id;
        Owner = owner;
        Name = name;
    }

    /// <summary>The lab's id.</summary>
    public string Id { get; }

    /// <summary>What the user calls it; null for one that has no name, which nobody looks for again.</summary>
    public string? Name { get; }

    /// <summary>The process that made the lab.</summary>
    public ProcessIdentity Owner { get; }

    /// <summary>Whether the lab is to outlive its owner.</summary>
    public bool IsKept { get; private set; }

    /// <summary>Processes the lab started.</summary>
    public IReadOnlyList<ProcessIdentity> Processes => [.. _processes.Select(process => process.Identity)];

    /// <summary>The processes that have a name and run, the latest of each.</summary>
    public IReadOnlyDictionary<string, ProcessIdentity> RunningByName => _processes
        .Where(process => process.Name is not null && process.Identity.IsAlive)
        .GroupBy(process => process.Name!, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Last().Identity, StringComparer.Ordinal);

    private string Path => PathOf(Id);

    /// <summary>Reserves an id.</summary>
    /// <param name="id">The id.</param>
    /// <param name="name">What the user calls the lab, a word; null for nothing.</param>
    /// <returns>Null when the id is taken.</returns>
    public static LabState? TryCreate(string id, string? name)
    {
        _ = Directory.CreateDirectory(Folder);
        var state = new LabState(id, ProcessIdentity.Find(Environment.ProcessId)!.Value, name);

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
        string? name = lines.Select(line => line.Split(' ')).FirstOrDefault(words => words[0] == "name")?[1];
        foreach (string line in lines)
        {
            string[] words = line.Split(' ');
            switch (words[0])
            {
                case "owner":
                    state = new LabState(id, ParseIdentity(words), name);
                    break;
                case "kept" when state is not null:
                    state.IsKept = true;
                    break;
                case "process" when state is not null:
                    state._processes.Add((ParseIdentity(words), words.Length > 3 ? words[3] : null));
                    break;
                default:
                    break;
            }
        }

        return state;
    }

    /// <summary>Notes a process.</summary>
    /// <param name="process">The process.</param>
    /// <param name="name">What a later run finds it by, a word; null for nothing.</param>
    public void AddProcess(ProcessIdentity process, string? name = null)
    {
        _ = _processes.RemoveAll(noted => !noted.Identity.IsAlive);
        _processes.Add((process, name));
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
        if (Name is not null)
        {
            lines.Add($"name {Name}");
        }

        lines.AddRange(_processes.Select(p => string.Create(CultureInfo.InvariantCulture, $"process {p.Identity.Id} {p.Identity.StartTime} {p.Name}").TrimEnd()));
        if (IsKept)
        {
            lines.Add("kept");
        }

        return string.Join('\n', lines) + "\n";
    }
}
