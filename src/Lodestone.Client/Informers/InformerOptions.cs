namespace Lodestone.Client.Informers;

/// <summary>What an informer watches, and how patient it is.</summary>
public sealed record InformerOptions
{
    /// <summary>The namespace; null: all.</summary>
    public string? Namespace { get; init; }

    /// <summary>Label selector in its text form; null: everything.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Field selector in its text form; null: everything.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Most items on a page of a list.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>A watch is asked to last between this and twice this, so that many clients don't come back together.</summary>
    public TimeSpan WatchTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A stream on which nothing came for so long, not even a bookmark (about one a minute), is taken for dead.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>A stream that ends before this without an event is a failure, not a watch.</summary>
    public TimeSpan ShortWatch { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The first delay after a failure; each further one is up to twice as long.</summary>
    public TimeSpan MinBackoff { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>The longest delay after a failure.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether a server that could not be reached is tried again soon after it has answered any other request of the client, rather than when the delay is over. For
    /// few clients, whose caches have to be of one age; many would all come in the moment in which a server is back.
    /// </summary>
    public bool ReturnsWithServer { get; init; }

    /// <summary>Changes a slow handler may lag behind before the stream is read no further.</summary>
    public int HandlerQueueLength { get; init; } = 8192;

    /// <summary>Source of jitter; null: one of its own.</summary>
    public Random? Random { get; init; }
}
