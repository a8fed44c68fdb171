using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Lodestone.EndToEnd.Tests;

/// <summary>A started <c>lodestone</c>. Ended with SIGKILL on dispose if it still runs.</summary>
internal sealed class LodestoneProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _error = new();
    private readonly Task _readingError;

    private LodestoneProcess(Process process)
    {
        _process = process;
        _readingError = ReadErrorAsync();
    }

    /// <summary>The executable under test: <c>LODESTONE_EXECUTABLE</c>, else the one that was built with the tests.</summary>
    public static string Executable =>
        Environment.GetEnvironmentVariable("LODESTONE_EXECUTABLE") is { Length: > 0 } path ? path : Path.Combine(AppContext.BaseDirectory, "lodestone");

    public int Id => _process.Id;

    public StreamReader Output => _process.StandardOutput;

    /// <summary>What was written to stderr so far.</summary>
    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    public static LodestoneProcess Start(params string[] arguments) => Start([], arguments);

    /// <summary>Starts it through another program, such as <c>setpriv</c>.</summary>
    public static LodestoneProcess Start(string[] wrapper, string[] arguments)
    {
        string[] line = [.. wrapper, Executable, .. arguments];
        var info = new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        Process process = Process.Start(info)!;
        process.StandardInput.Close();
        return new LodestoneProcess(process);
    }

    /// <summary>Runs another program that was built with the tests to its end.</summary>
    public static async Task<LodestoneResult> RunProgramAsync(string executable, params string[] arguments)
    {
        var info = new ProcessStartInfo(executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        Process started = Process.Start(info)!;
        started.StandardInput.Close();
        await using var process = new LodestoneProcess(started);
        return await process.WaitAsync(TimeSpan.FromMinutes(3));
    }

    /// <summary>Runs one to its end.</summary>
    public static Task<LodestoneResult> RunAsync(params string[] arguments) => RunAsync([], arguments);

    public static async Task<LodestoneResult> RunAsync(string[] wrapper, string[] arguments)
    {
        await using LodestoneProcess process = Start(wrapper, arguments);
        return await process.WaitAsync(TimeSpan.FromMinutes(3));
    }

    /// <summary>Waits for the end and collects what was printed.</summary>
    public async Task<LodestoneResult> WaitAsync(TimeSpan limit)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(limit);
        string output = await _process.StandardOutput.ReadToEndAsync(timeout.Token);
        await _process.WaitForExitAsync(timeout.Token);
        await _readingError;
        return new LodestoneResult(_process.ExitCode, output, Error);
    }

    /// <summary>Reads stdout up to a line; fails with what stderr says if it ends before.</summary>
    public async Task WaitForLineAsync(string line, TimeSpan limit)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(limit);
        while (await Output.ReadLineAsync(timeout.Token) is { } read)
        {
            if (read == line)
            {
                return;
            }
        }

        Assert.Fail($"stdout ended before '{line}'; stderr:\n{Error}");
    }

    public void Signal(PosixSignal signal)
    {
        int number = signal switch
        {
            PosixSignal.SIGINT => 2,
            PosixSignal.SIGTERM => 15,
            _ => throw new ArgumentOutOfRangeException(nameof(signal)),
        };
        Send($"-{number}");
    }

    /// <summary>SIGSTOP: not an instruction more until <see cref="Continue"/>.</summary>
    public void Pause() => Send("-STOP");

    /// <summary>SIGCONT.</summary>
    public void Continue() => Send("-CONT");

    /// <summary>SIGKILL, to this process only.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        await _readingError;
        _process.Dispose();
    }

    private void Send(string signal)
    {
        using Process kill = Process.Start("kill", [signal, $"{_process.Id}"]);
        kill.WaitForExit();
    }

    private async Task ReadErrorAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_error)
            {
                _error.AppendLine(line);
            }
        }
    }
}
