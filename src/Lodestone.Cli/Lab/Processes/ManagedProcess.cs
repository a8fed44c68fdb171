using System.Diagnostics;

using Lodestone.Linux.Processes;

namespace Lodestone.Cli.Lab.Processes;

/// <summary>A child process of the demo: tells when it is ready, keeps its stderr in a file.</summary>
internal sealed class ManagedProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _logPath;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _readingOutput;
    private readonly Task _copyingError;

    /// <summary>Takes a started process over; its stdout and stderr must be redirected.</summary>
    public ManagedProcess(string name, Process process, string logPath)
    {
        Name = name;
        _process = process;
        _logPath = logPath;
        _readingOutput = ReadOutputAsync();
        _copyingError = CopyErrorAsync();
    }

    /// <summary>What it is called in messages.</summary>
    public string Name { get; }

    /// <summary>Its pid.</summary>
    public int Id => _process.Id;

    /// <summary>Waits for the line <c>ready</c>.</summary>
    /// <exception cref="CommandException">It ended before, or took too long. The message holds the last line it wrote to stderr.</exception>
    public async Task WaitUntilReadyAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await _ready.Task.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new CommandException($"{Name} was not ready within {limit.TotalSeconds} s: {LastError()} (see {_logPath})");
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <exception cref="CommandException">It failed. The message holds the last line it wrote to stderr.</exception>
    public async Task WaitForSuccessAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await _copyingError;
        if (_process.ExitCode != 0)
        {
            throw new CommandException($"{Name} failed with exit code {_process.ExitCode}: {LastError()}");
        }
    }

    /// <summary>Sends SIGKILL and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        await Task.WhenAll(_readingOutput, _copyingError);
    }

    /// <summary>Asks it to end with SIGTERM; kills it if it has not after the limit.</summary>
    /// <returns>Whether it ended by itself.</returns>
    public async Task<bool> StopAsync(TimeSpan limit, TimeProvider time)
    {
        if (_process.HasExited)
        {
            return true;
        }

        bool ended = true;
        ProcessSignals.Terminate(_process.Id);
        try
        {
            await _process.WaitForExitAsync().WaitAsync(limit, time);
        }
        catch (TimeoutException)
        {
            ended = false;
        }

        await KillAsync();
        return ended;
    }

    /// <summary>Kills the process if it still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private async Task ReadOutputAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == "ready")
            {
                _ = _ready.TrySetResult();
            }
        }

        await _copyingError;
        if (!_ready.Task.IsCompleted)
        {
            _ready.SetException(new CommandException($"{Name} ended before it was ready: {LastError()} (see {_logPath})"));

            // Nobody may be waiting, and that is no mistake.
            _ = _ready.Task.Exception;
        }
    }

    private async Task CopyErrorAsync()
    {
        await using var log = new FileStream(_logPath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        await _process.StandardError.BaseStream.CopyToAsync(log);
    }

    private string LastError()
    {
        try
        {
            using var stream = new FileStream(_logPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "it said nothing";
        }
        catch (IOException)
        {
            return "it said nothing";
        }
    }
}
