using System.Diagnostics.CodeAnalysis;

using Lodestone.Linux.Interop;

namespace Lodestone.Linux.Netlink;

public sealed partial class RtNetlink
{
    /// <summary>Every link of the namespace.</summary>
    public IReadOnlyList<LinkInfo> GetLinks() =>
        _socket.Dump(NetlinkRequest.Create(RtnlConstants.GetLink, 0, default(LinkHeader)), "list links", LinkInfo.Parse);

    /// <summary>A link by its name.</summary>
    /// <exception cref="NetlinkException">There is none.</exception>
    public LinkInfo GetLink(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        NetlinkRequest request = NetlinkRequest.Create(RtnlConstants.GetLink, 0, default(LinkHeader)).Add(RtnlConstants.LinkName, name);
        return _socket.Get(request, $"look up link '{name}'", LinkInfo.Parse);
    }

    /// <summary>A link by its index.</summary>
    /// <exception cref="NetlinkException">There is none.</exception>
    public LinkInfo GetLink(int index) =>
        _socket.Get(NetlinkRequest.Create(RtnlConstants.GetLink, 0, new LinkHeader { Index = index }), $"look up link {index}", LinkInfo.Parse);

    /// <summary>A link by its name, if there is one.</summary>
    public bool TryGetLink(string name, [NotNullWhen(true)] out LinkInfo? link)
    {
        try
        {
            link = GetLink(name);
            return true;
        }
        catch (NetlinkException e) when (e.ErrorNumber is Errno.NoDevice)
        {
            link = null;
            return false;
        }
    }

    /// <summary>Creates a pair of virtual Ethernet devices. Both are down.</summary>
    /// <exception cref="NetlinkException">A name is taken, or the privilege is missing.</exception>
    public void AddVeth(VethEnd end, VethEnd peer)
    {
        ArgumentNullException.ThrowIfNull(end);
        ArgumentNullException.ThrowIfNull(peer);
        NetlinkRequest request = NetlinkRequest.Create(RtnlConstants.NewLink, RtnlConstants.FlagCreate | RtnlConstants.FlagExclusive, default(LinkHeader));
        AddEnd(request, end);
        _ = request.Nest(RtnlConstants.LinkInformation, info => info
            .Add(RtnlConstants.InfoKind, "veth")
            .Nest(RtnlConstants.InfoData, data => data
                .Nest(RtnlConstants.VethPeer, nested => AddEnd(nested.Raw(default(LinkHeader)), peer))));
        _socket.Execute(request, $"create veth pair '{end.Name}', '{peer.Name}'");
    }

    /// <summary>Creates a bridge that floods what it does not know: no spanning tree, no multicast snooping. It is down.</summary>
    /// <exception cref="NetlinkException">The name is taken, or the privilege is missing.</exception>
    public void AddBridge(string name, int? mtu = null)
    {
        NetlinkRequest request = NetlinkRequest.Create(RtnlConstants.NewLink, RtnlConstants.FlagCreate | RtnlConstants.FlagExclusive, default(LinkHeader));
        AddEnd(request, new VethEnd(name) { Mtu = mtu });
        _ = request.Nest(RtnlConstants.LinkInformation, info => info
            .Add(RtnlConstants.InfoKind, "bridge")
            .Nest(RtnlConstants.InfoData, data => data.Add(RtnlConstants.BridgeMulticastSnooping, (byte)0)));
        _socket.Execute(request, $"create bridge '{name}'");
    }

    /// <summary>Changes a link.</summary>
    /// <exception cref="NetlinkException">There is none of that index, or the kernel refused.</exception>
    public void SetLink(int index, LinkSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var header = new LinkHeader { Index = index };
        if (settings.IsUp is { } up)
        {
            header.Flags = up ? RtnlConstants.InterfaceUp : 0;
            header.Change = RtnlConstants.InterfaceUp;
        }

        if (settings.AsksNeighbours is { } asks)
        {
            header.Flags |= asks ? 0 : RtnlConstants.InterfaceNoArp;
            header.Change |= RtnlConstants.InterfaceNoArp;
        }

        NetlinkRequest request = NetlinkRequest.Create(RtnlConstants.NewLink, 0, header);
        if (settings.Name is { } name)
        {
            _ = request.Add(RtnlConstants.LinkName, name);
        }

        if (settings.Mtu is { } mtu)
        {
            _ = request.Add(RtnlConstants.LinkMtu, (uint)mtu);
        }

        if (settings.Address is { } address)
        {
            _ = request.Add(RtnlConstants.LinkAddress, address.ToArray());
        }

        if (settings.MasterIndex is { } master)
        {
            _ = request.Add(RtnlConstants.LinkMaster, (uint)master);
        }

        foreach ((ushort attribute, bool? value) in (ReadOnlySpan<(ushort, bool?)>)
            [(RtnlConstants.BridgePortUnicastFlood, settings.FloodsUnknownFrames), (RtnlConstants.BridgePortIsolated, settings.IsIsolated)])
        {
            if (value is { } isOn)
            {
                _ = request.Nest(RtnlConstants.LinkInformation, info => info
                    .Add(RtnlConstants.InfoPortKind, "bridge")
                    .Nest(RtnlConstants.InfoPortData, data => data.Add(attribute, (byte)(isOn ? 1 : 0))));
            }
        }

        if (settings.Namespace is { } target)
        {
            _ = request.Add(RtnlConstants.LinkNamespace, (uint)target.Descriptor.DangerousGetHandle());
        }

        _socket.Execute(request, $"change link {index} ({settings})");
        GC.KeepAlive(settings);
    }

    /// <summary>Removes a link; of a veth pair, both ends.</summary>
    /// <exception cref="NetlinkException">There is none of that index, or it can't be removed.</exception>
    public void DeleteLink(int index) =>
        _socket.Execute(NetlinkRequest.Create(RtnlConstants.DeleteLink, 0, new LinkHeader { Index = index }), $"delete link {index}");

    private static void AddEnd(NetlinkRequest request, VethEnd end)
    {
        _ = request.Add(RtnlConstants.LinkName, end.Name);
        if (end.Mtu is { } mtu)
        {
            _ = request.Add(RtnlConstants.LinkMtu, (uint)mtu);
        }

        if (end.Address is { } address)
        {
            _ = request.Add(RtnlConstants.LinkAddress, address.ToArray());
        }

        if (end.Namespace is { } target)
        {
            _ = request.Add(RtnlConstants.LinkNamespace, (uint)target.Descriptor.DangerousGetHandle());
        }
    }
}
