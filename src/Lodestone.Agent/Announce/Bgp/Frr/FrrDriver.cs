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
    private bool _mayHaveBfd = true;

    /// <inheritdoc/>
    public bool FindsRouters => true;

    /// <inheritdoc/>
    public bool IsRunning => _daemons.IsRunning;

    /// <inheritdoc/>
    public async Task ApplyAsync(BgpConfig config, CancellationToken cancellationToken)
    {
        if (await _daemons.EnsureAsync(config, cancellationToken))
        {
            Disconnect();
        }

        try
        {
            VtySocket bgpd = await ConnectAsync(cancellationToken);
            if (_applied != config)
            {
                _held ??= FrrState.Read(await bgpd.RunAsync("show running-config", cancellationToken));
                await ConfigureAsync(bgpd, FrrCommands.Difference(_held, config), cancellationToken);
                _held = FrrState.Of(config);
                _applied = config;
            }

            // BFD follows sessions, so it is looked at every time where there is any.
            if (_mayHaveBfd || config.Neighbors.Any(neighbor => neighbor.Bfd is not null))
            {
                ImmutableDictionary<string, BgpNeighborState> states = await ReadNeighborsAsync(bgpd, cancellationToken);
                List<FrrCommand> commands = FrrCommands.BfdDifference(states, config);
                await ConfigureAsync(bgpd, commands, cancellationToken);
                _mayHaveBfd = commands.Count > 0 || states.Values.Any(state => state.Bfd is not null);
            }
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
            return await ReadNeighborsAsync(await ConnectAsync(cancellationToken), cancellationToken);
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

    private static async Task<ImmutableDictionary<string, BgpNeighborState>> ReadNeighborsAsync(VtySocket bgpd, CancellationToken cancellationToken) =>
        FrrNeighborReader.Read(await bgpd.RunAsync("show bgp neighbors json", cancellationToken));

    private static async Task ConfigureAsync(VtySocket bgpd, List<FrrCommand> commands, CancellationToken cancellationToken)
    {
        if (commands.Count == 0)
        {
            return;
        }

        await bgpd.RunAsync("configure terminal", cancellationToken);
        foreach (FrrCommand command in commands)
        {
            await bgpd.RunAsync(command.Text, cancellationToken, command.Shown);
        }

        await bgpd.RunAsync("end", cancellationToken);
    }

    private async Task<VtySocket> ConnectAsync(CancellationToken cancellationToken) =>
        _bgpd ??= await VtySocket.ConnectAsync(_daemons.BgpdSocket, cancellationToken);

    private void Disconnect()
    {
        _bgpd?.Dispose();
        _bgpd = null;
        _held = null;
        _applied = null;
        _mayHaveBfd = true;
    }
}
