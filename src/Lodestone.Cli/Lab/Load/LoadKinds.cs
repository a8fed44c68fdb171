namespace Lodestone.Cli.Lab.Load;

/// <summary>Words for kinds of load.</summary>
internal static class LoadKinds
{
    /// <summary>All, in the order in which they are shown.</summary>
    public static IReadOnlyList<LoadKind> All { get; } = [LoadKind.Datagrams, LoadKind.Streams, LoadKind.Kept, LoadKind.New];

    /// <summary>The word in reports.</summary>
    public static string NameOf(LoadKind kind) => kind switch
    {
        LoadKind.Datagrams => "udp",
        LoadKind.Streams => "tcpStream",
        LoadKind.Kept => "httpKept",
        _ => "httpNew",
    };
}
