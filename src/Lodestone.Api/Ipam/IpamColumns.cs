using Lodestone.Api.Resources;

namespace Lodestone.Api.Ipam;

/// <summary>Tables of the kinds of ipam.ironcore.dev: IronCore's columns.</summary>
internal static class IpamColumns
{
    public static IReadOnlyList<PrinterColumn> Prefix { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<Prefix>("Prefix", "The managed prefix, if any.", p => OrElse(p.Spec.Prefix, "<none>")),
        PrinterColumn.Text<Prefix>("Parent", "The parent, if any.", p => p.Spec.ParentRef is { } parent ? parent.Name : "<none>"),
        PrinterColumn.Text<Prefix>("Phase", "The phase of the prefix.", p => OrElse(p.Status?.Phase, "<unknown>")),
        PrinterColumn.Age,
    ];

    public static IReadOnlyList<PrinterColumn> PrefixAllocation { get; } =
    [
        PrinterColumn.ObjectName,
        PrinterColumn.Text<PrefixAllocation>("Prefix", "The prefix to allocate from.", a => a.Spec.PrefixRef is { } prefix ? prefix.Name : "<none>"),
        PrinterColumn.Text<PrefixAllocation>("Request", "The prefix, or the length, asked for.", FormatRequest),
        PrinterColumn.Text<PrefixAllocation>("State", "The phase of the allocation.", a => OrElse(a.Status?.Phase, "<unknown>")),
        PrinterColumn.Text<PrefixAllocation>("Result", "What was allocated, if anything.", a => OrElse(a.Status?.Prefix, "<unknown>")),
        PrinterColumn.Age,
    ];

    private static string FormatRequest(PrefixAllocation allocation) =>
        allocation.Spec.Prefix ?? (allocation.Spec.PrefixLength > 0 ? $"/{allocation.Spec.PrefixLength}" : "<invalid>");

    private static string OrElse(string? text, string other) => string.IsNullOrEmpty(text) ? other : text;
}
