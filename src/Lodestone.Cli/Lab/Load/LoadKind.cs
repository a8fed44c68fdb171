namespace Lodestone.Cli.Lab.Load;

/// <summary>Kinds of load.</summary>
internal enum LoadKind
{
    /// <summary>Numbered UDP datagrams, each of which is answered.</summary>
    Datagrams,

    /// <summary>TCP connections that carry data for as long as the load lasts.</summary>
    Streams,

    /// <summary>HTTP requests one after the other over a connection that is kept.</summary>
    Kept,

    /// <summary>HTTP requests, each over a new connection.</summary>
    New,
}
