using System.Net;

using Lodestone.Cli.Lab.Site;

namespace Lodestone.Cli.Lab.Load;

/// <summary>Something that asks a load balancer all the time, and is looked at in windows of time.</summary>
/// <param name="balancer">Where it goes.</param>
/// <param name="vip">Which address of it.</param>
internal abstract class LoadFlow(SiteBalancer balancer, IPAddress vip) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    /// <summary>The load balancer.</summary>
    public SiteBalancer Balancer => balancer;

    /// <summary>The address.</summary>
    public IPAddress Vip => vip;

    /// <summary>Whether it is lost for good: a new one has to take its place.</summary>
    public abstract bool IsBroken { get; }

    /// <summary>Who answers; null where that is somebody else each time.</summary>
    public abstract string? Target { get; }

    /// <summary>Opens it, has one answer, and lets it go on by itself.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await OpenAsync(cancellationToken);
        _running = Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);
    }

    /// <summary>Begins a window: what was before is forgotten.</summary>
    public abstract void Begin();

    /// <summary>Ends the window: what is sent from now on does not count.</summary>
    public abstract void End();

    /// <summary>What there was in the window, some time after its end.</summary>
    public abstract FlowFigures Read();

    /// <summary>Stops it and closes its sockets.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Close();
        await _running;
        _stop.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens it and has one answer.</summary>
    protected abstract Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Goes on until told to stop, or broken.</summary>
    protected abstract Task RunAsync(CancellationToken stop);

    /// <summary>Closes its sockets, which ends what waits for them.</summary>
    protected abstract void Close();
}
