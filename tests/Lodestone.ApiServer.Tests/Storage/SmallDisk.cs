using System.Diagnostics;

namespace Lodestone.ApiServer.Tests.Storage;

/// <summary>A real file system with little room, in a mount namespace that ends with it: as root, or as a user where the kernel lets users have namespaces.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly Process _holder;
    private readonly TempDirectory _mountPoint;

    private SmallDisk(Process holder, TempDirectory mountPoint)
    {
        _holder = holder;
        _mountPoint = mountPoint;
    }

    /// <summary>The directory as processes in the namespace see it.</summary>
    public string InsidePath => _mountPoint.Path;

    /// <summary>The directory as the test sees it.</summary>
    public string Path => $"/proc/{_holder.Id}/root{_mountPoint.Path}";

    private static bool IsRoot => Environment.IsPrivilegedProcess;

    public static async Task<SmallDisk> MountAsync(int megabytes)
    {
        var mountPoint = new TempDirectory();
        string script = $"mount -t tmpfs -o size={megabytes}m,mode=700 tmpfs {mountPoint.Path} && echo mounted && exec cat";
        string[] arguments = [.. IsRoot ? Array.Empty<string>() : ["--user", "--map-root-user"], "--mount", "sh", "-c", script];
        var holder = Process.Start(new ProcessStartInfo("unshare", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.Equal("mounted", await holder.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        return new SmallDisk(holder, mountPoint);
    }

    /// <summary>Starts a program that sees the disk at <see cref="InsidePath"/>.</summary>
    public Process Start(string program, params string[] arguments) => Process.Start(new ProcessStartInfo(
        "nsenter",
        [.. IsRoot ? Array.Empty<string>() : ["--user", "--preserve-credentials"], "--mount", "--target", $"{_holder.Id}", program, .. arguments])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    /// <summary>Takes all the room there is; deleting the file gives it back.</summary>
    public string Fill()
    {
        string path = System.IO.Path.Combine(Path, "filler");
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            return path;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _holder.StandardInput.Close();
        await _holder.WaitForExitAsync();
        _holder.Dispose();
        _mountPoint.Dispose();
    }
}
