using System.Net.Sockets;
using System.Text;

using Lodestone.Cli.Hosting;

namespace Lodestone.EndToEnd.Tests.Hosting;

/// <summary>What systemd hears of a service.</summary>
public sealed class ServiceNotifierTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("lodestone-notify-").FullName;
    private readonly Socket _systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public void Dispose()
    {
        _systemd.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Service_ReadyAliveAndStopping_IsToldInThisOrder(bool isAbstract)
    {
        string path = isAbstract ? $"@lodestone-{Guid.NewGuid():N}" : Path.Combine(_directory, "notify");
        _systemd.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + path[1..] : path));
        using var stop = new CancellationTokenSource();
        bool isWell = true;
        await using var service = new ServiceNotifier(path, TimeSpan.FromMilliseconds(20), TimeProvider.System, stop.Token);

        service.Ready("serves", () => Volatile.Read(ref isWell));
        Assert.Equal("READY=1\nSTATUS=serves", await ReceiveAsync());
        Assert.Equal("WATCHDOG=1", await ReceiveAsync());
        Assert.Equal("WATCHDOG=1", await ReceiveAsync());
        Volatile.Write(ref isWell, false);
        await stop.CancelAsync();

        string last;
        int beats = 0;
        while ((last = await ReceiveAsync()) == "WATCHDOG=1")
        {
            beats++;
        }

        Assert.Equal("STOPPING=1", last);
        Assert.True(beats < 5, $"{beats} signs of life of a service that is not well");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("/none/there")]
    public async Task NobodyListens_NothingHappens(string? path)
    {
        await using var service = new ServiceNotifier(path, TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None);

        service.Ready("serves", () => true);
    }

    private async Task<string> ReceiveAsync()
    {
        byte[] buffer = new byte[256];
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        int length = await _systemd.ReceiveAsync(buffer, SocketFlags.None, limit.Token);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
