using System.Text;
using Lodestone.Agent.Desired;
using Lodestone.Datapath.Layout;

namespace Lodestone.Agent.Tests.Desired;

/// <summary>A desired state as text: what two states are compared by, and what a failure prints.</summary>
internal static class DesiredStateText
{
    public static string Describe(DesiredState state)
    {
        var text = new StringBuilder();
        foreach (VipModel vip in state.Vips)
        {
            string ports = string.Join(",", vip.Ports.Ranges.Select(p => $"{p.Proto}:{p.From}-{p.To}"));
            text.AppendLine($"vip {vip.Network} {vip.Address} of {vip.LoadBalancer} ports [{ports}] announce {vip.Announce} ring {vip.Ring?.SizeLog2}");
            text.AppendLine($"  targets {string.Join(",", vip.Ring?.Targets ?? [])}");
            text.AppendLine($"  slots {string.Join(" ", vip.Ring is null ? [] : vip.Ring.Slots.ToArray())}");
        }

        foreach (RealModel real in state.Reals)
        {
            text.AppendLine($"{real}");
        }

        foreach ((RouteKey key, RealModel? real) in state.Routes)
        {
            text.AppendLine($"route {key.Network} {key.Addr} {real}");
        }

        foreach (NicModel nic in state.Nics)
        {
            text.AppendLine($"nic {nic.Nic.Key} {nic.State} {nic.Reason} {nic.Message} {nic.Device?.Name}");
        }

        foreach ((DatapathAddress address, UnderlayNic nic) in state.Underlay)
        {
            text.AppendLine($"underlay {address} {nic.Ifindex} {nic.Kind} {nic.Network}");
        }

        foreach ((NicSourceKey key, NicSource source) in state.NicSources)
        {
            text.AppendLine($"source {key.Ifindex} {key.Addr} {source.Kind} {source.Mac} {source.Network}");
        }

        foreach ((NicSourceKey key, DatapathAddress own) in state.Translations)
        {
            text.AppendLine($"translation {key.Ifindex} {key.Addr} {own}");
        }

        foreach (Problem problem in state.Problems)
        {
            text.AppendLine($"{problem}");
        }

        return text.AppendLine($"changes at {state.ChangesAt}").ToString();
    }
}
