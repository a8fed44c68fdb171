using System.Collections.Concurrent;
using System.Diagnostics;

using Lodestone.Linux.Processes;

namespace Lodestone.Cli.Lab.Processes;

/// <summary>The processes of a lab that outlives the command that made it: each has a name, under which a later command finds it.</summary>
/// <remarks>Their output goes to files, since nobody may be there to read it. Thread-safe.</remarks>
/// <param name="lab">The lab, which notes them.</param>
/// <param name="logs">Where <c>NAME.log</c> and <c>NAME.out</c> are.</param>
/// <param name="time">The clock.</param>
internal sealed class LabProcesses(NetworkLab lab, string logs, TimeProvider time)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<string, Process> _children = new();

    /// <summary>Starts <c>lodestone</c> with these arguments. It lives on when this process ends, and hears no Ctrl-C.</summary>
    /// <param name="node">Where it lives.</param>
    /// <param name="name">Its name, a word.</param>
    /// <param name="arguments">The arguments.</param>
    public void Start(LabNode node, string name, IReadOnlyList<string> arguments)
    {
        File.Delete(OutputOf(name));
        Process process = lab.Start(
            node,
            new ProcessStartInfo(
                "/bin/sh",
                ["-c", """out=$0; log=$1; shift; exec setsid "$@" </dev/null >"$out" 2>>"$log" """, OutputOf(name), LogOf(name), .. LodestoneExecutable.CommandLine(null, arguments)]),
            name);

        // Held, so that it is reaped when it ends.
        _children[name] = process;
    }

    /// <summary>Runs <c>lodestone</c> with these arguments to its end.</summary>
    /// <exception cref="CommandException">It failed; the message holds what it said.</exception>
    public async Task RunAsync(LabNode node, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> line = LodestoneExecutable.CommandLine(null, arguments);
        using Process process = lab.Start(node, new ProcessStartInfo(line[0], line.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true });
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        string error = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new CommandException($"lodestone {string.Join(' ', arguments)} ended with {process.ExitCode}: {error.Trim()} {(await output).Trim()}");
        }
    }

    /// <summary>Waits until a process has said <c>ready</c>.</summary>
    /// <exception cref="CommandException">It ended before, or took too long. The message holds the last line of its log.</exception>
    public async Task WaitUntilReadyAsync(string name, TimeSpan limit, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        while (!HasSaidReady(name))
        {
            if (!IsRunning(name))
            {
                throw new CommandException($"{name} ended before it was ready: {LastError(name)} (see {LogOf(name)})");
            }

            if (time.GetElapsedTime(start) > limit)
            {
                throw new CommandException($"{name} was not ready within {limit.TotalSeconds} s: {LastError(name)} (see {LogOf(name)})");
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    /// <summary>Whether it runs.</summary>
    public bool IsRunning(string name) => lab.Processes.ContainsKey(name);

    /// <summary>Sends SIGKILL and waits until it is gone. Does nothing where it does not run.</summary>
    public async Task KillAsync(string name)
    {
        if (lab.Processes.TryGetValue(name, out ProcessIdentity process))
        {
            await process.KillAsync();
        }
    }

    /// <summary>Sends SIGTERM and waits for the end; after a limit SIGKILL.</summary>
    /// <returns>Whether it ended by itself.</returns>
    public async Task<bool> StopAsync(string name, TimeSpan limit)
    {
        if (!lab.Processes.TryGetValue(name, out ProcessIdentity process))
        {
            return true;
        }

        ProcessSignals.Terminate(process.Id);
        for (long start = time.GetTimestamp(); time.GetElapsedTime(start) < limit;)
        {
            if (!process.IsAlive)
            {
                return true;
            }

            await Task.Delay(Poll, time, CancellationToken.None);
        }

        await process.KillAsync();
        return false;
    }

    private bool HasSaidReady(string name)
    {
        try
        {
            return File.ReadLines(OutputOf(name)).Contains("ready");
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    private string OutputOf(string name) => Path.Combine(logs, name + ".out");

    private string LogOf(string name) => Path.Combine(logs, name + ".log");

    private string LastError(string name)
    {
        try
        {
            return File.ReadLines(LogOf(name)).LastOrDefault(line => line.Length > 0) ?? "it said nothing";
        }
        catch (IOException)
        {
            return "it said nothing";
        }
    }
}
