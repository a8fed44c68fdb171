using System.Runtime.InteropServices;
using Lodestone.Datapath.Events;
using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Events;

/// <summary>Adds samples up by flow.</summary>
internal sealed class FlowTally
{
    private readonly Dictionary<Key, Sum> _flows = [];

    /// <summary>Samples so far.</summary>
    public long Samples { get; private set; }

    /// <summary>Adds a sample.</summary>
    public void Add(in PacketEvent packet)
    {
        if (packet is not { Source: { } source, Destination: { } destination, Protocol: { } protocol, Vip: { } vip })
        {
            return;
        }

        Samples++;
        var key = new Key(source, packet.SourcePort, destination, packet.DestinationPort, protocol, vip, packet.Real);
        ref Sum sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_flows, key, out _);
        sum = new Sum(sum.Packets + 1, sum.Bytes + packet.Bytes, packet.Path);
    }

    /// <summary>The flows, those of most packets first.</summary>
    /// <param name="reporter">Names them.</param>
    /// <param name="each">How many packets a sample stands for.</param>
    public IReadOnlyList<FlowRow> Rows(EventReporter reporter, double each) =>
    [
        .. _flows.OrderByDescending(flow => flow.Value.Packets).ThenByDescending(flow => flow.Value.Bytes).Select(flow => new FlowRow(
            EventReporter.ProtocolName(flow.Key.Protocol),
            EventReporter.Endpoint(flow.Key.Source, flow.Key.SourcePort)!,
            EventReporter.Endpoint(flow.Key.Destination, flow.Key.DestinationPort)!,
            reporter.LoadBalancerOf(flow.Key.Destination),
            reporter.NetworkOf(flow.Key.Vip),
            reporter.TargetOf(flow.Key.Real),
            flow.Value.Path,
            flow.Value.Packets,
            (long)Math.Round(flow.Value.Packets * each),
            (long)Math.Round(flow.Value.Bytes * each))),
    ];

    private readonly record struct Key(
        DatapathAddress Source, int? SourcePort, DatapathAddress Destination, int? DestinationPort, byte Protocol, uint Vip, uint Real);

    private readonly record struct Sum(long Packets, long Bytes, EventPath Path);
}
