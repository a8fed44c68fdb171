using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Lodestone.Agent.Announce.Bgp.Frr;

/// <summary>BGP through FRR: daemons of our own, configured by the commands that differ.</summary>
internal sealed class FrrDriver(string directory, Func<ProcessStartInfo, Process> start, ILogger logger, TimeProvider time) : IBgpDriver
{
    private readonly FrrDaemons _daemons = new(directory, start, logger, time);
    private VtySocket? _bgpd;
    private FrrState? _held;
    private BgpConfig? _applied;

    /// <inheritdoc/>
    public bool FindsRouters => true;

    /// <inheritdoc/>
    public bool IsRunning => _daemons.IsRunning;

    /// <inheritdoc/>
    public async Task ApplyAsync(BgpConfig config, CancellationToken cancellationToken)
    {
        if (await _daemons.EnsureAsync(cancellationToken))
        {
            Disconnect();
        }

        if (_applied == config)
        {
            return;
        }

        try
        {
            VtySocket bgpd = await ConnectAsync(cancellationToken);
            _held ??= FrrState.Read(await bgpd.RunAsync("show running-config", cancellationToken));
            List<FrrCommand> commands = FrrCommands.Difference(_held, config);
            if (commands.Count > 0)
            {
                await bgpd.RunAsync("configure terminal", cancellationToken);
                foreach (FrrCommand command in commands)
                {
                    await bgpd.RunAsync(command.Text, cancellationToken, command.Shown);
                }

                await bgpd.RunAsync("end", cancellationToken);
            }

            _held = FrrState.Of(config);
            _applied = config;
        }
        catch
        {
            // What is there is read again before anything else is said.
            Disconnect();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<ImmutableDictionary<string, BgpNeighborState>> ObserveAsync(CancellationToken cancellationToken)
    {
        try
        {
            VtySocket bgpd = await ConnectAsync(cancellationToken);
            return FrrNeighborReader.Read(await bgpd.RunAsync("show bgp neighbors json", cancellationToken));
        }
        catch
        {
            Disconnect();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Disconnect();
        await _daemons.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => Disconnect();

    private async Task<VtySocket> ConnectAsync(CancellationToken cancellationToken) =>
        _bgpd ??= await VtySocket.ConnectAsync(_daemons.BgpdSocket, cancellationToken);

    private void Disconnect()
    {
        _bgpd?.Dispose();
        _bgpd = null;
        _held = null;
        _applied = null;
    }
}
