using System.Security.Cryptography;

namespace Lodestone.ApiServer.Watch;

/// <summary>The clockwork of a server's watches, and what they share.</summary>
internal sealed record WatchOptions
{
    /// <summary>How often a watcher that wants bookmarks gets one.</summary>
    public TimeSpan BookmarkEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long before its end a watch gets a last bookmark.</summary>
    public TimeSpan BookmarkBeforeEnd { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a client may leave what was sent unread.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The shortest lifetime of a watch that names none; spread to twice that, so that clients do not come back all at once.</summary>
    public TimeSpan MinLifetime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>What watchers share of the events' encodings.</summary>
    public EventEncodings Encodings { get; } = new();

    /// <summary>A lifetime between once and twice <see cref="MinLifetime"/>.</summary>
    public TimeSpan RandomLifetime() => MinLifetime + TimeSpan.FromSeconds(RandomNumberGenerator.GetInt32((int)MinLifetime.TotalSeconds + 1));
}
