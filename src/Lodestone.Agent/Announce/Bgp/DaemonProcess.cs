using System.Diagnostics;
using System.Globalization;
using System.Text;
using Lodestone.Linux.Processes;

namespace Lodestone.Agent.Announce.Bgp;

/// <summary>A daemon that puts itself into the background and outlives the agent; it is known by its pid file.</summary>
/// <param name="name">The program's name, as in <c>bgpd</c>.</param>
/// <param name="pidFile">Where it writes its pid; on its command line, so that a number used again by another process is told from it.</param>
internal sealed class DaemonProcess(string name, string pidFile)
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>The program's name.</summary>
    public string Name => name;

    /// <summary>Whether one was started that has ended without being asked to.</summary>
    public bool HasDied => File.Exists(pidFile) && Find() is null;

    /// <summary>The process; null: it does not run.</summary>
    public int? Find()
    {
        try
        {
            return int.TryParse(File.ReadAllText(pidFile).Trim(), CultureInfo.InvariantCulture, out int pid)
                && File.ReadAllText($"/proc/{pid}/cmdline").Contains(pidFile, StringComparison.Ordinal)
                && ProcessIdentity.Find(pid) is not null
                ? pid
                : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or IOException)
        {
            return null; // no file, or no such process
        }
    }

    /// <summary>Starts it, and returns when it is in the background and ready.</summary>
    /// <param name="program">Path of the program.</param>
    /// <param name="arguments">Its arguments, the pid file among them.</param>
    /// <param name="start">Starts a process, in a namespace of the caller's choice.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BgpException">It ended with an error, which is told.</exception>
    public async Task StartAsync(string program, IEnumerable<string> arguments, Func<ProcessStartInfo, Process> start, CancellationToken cancellationToken)
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        using Process process = start(info);
        var said = new StringBuilder();
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        try
        {
            // Not for the end of its output: the daemon has that too.
            while (!process.HasExited)
            {
                await Task.Delay(PollInterval, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill();
            throw new BgpException($"start {name}: it was not ready after {StartLimit.TotalSeconds} s{Said()}");
        }

        if (process.ExitCode != 0)
        {
            throw new BgpException($"start {name}: it ended with {process.ExitCode}{Said()}");
        }

        string Said()
        {
            lock (said)
            {
                return said.Length == 0 ? "" : $": {said.ToString().TrimEnd()}";
            }
        }

        void Add(string? line)
        {
            lock (said)
            {
                _ = string.IsNullOrWhiteSpace(line) ? said : said.Append(line.Trim()).Append("; ");
            }
        }
    }

    /// <summary>Asks it to end, and waits until it has.</summary>
    /// <exception cref="BgpException">It does not.</exception>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Find() is not { } pid)
        {
            return;
        }

        ProcessSignals.Terminate(pid);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StopLimit);
        try
        {
            while (Find() == pid)
            {
                await Task.Delay(PollInterval, limit.Token);
            }

            File.Delete(pidFile);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BgpException($"stop {name}: process {pid} does not end");
        }
    }
}
